// What is true in each muscle beside what its sensor said, what Sling believes and what it expects; a reason where there is
// no value. Power, cadence and heart rate below.
import { words } from "./times.js";

export class World {
    constructor({ body, power, cadence, heart }) {
        Object.assign(this, { body, tiles: { power, cadence, heart } });
        this.rows = [];
    }

    ride(sites, styles) {
        this.rows = sites.map((site, i) => {
            const row = document.createElement("tr");
            const head = Object.assign(document.createElement("th"), { scope: "row" });
            const name = document.createElement("span");
            name.className = "muscle";
            name.dataset.colour = styles[i].colour;
            name.dataset.shape = styles[i].round ? "round" : "square";
            name.append(document.createElement("i"), site.words);
            name.title = site.site;
            head.append(name);
            const cells = ["truth", "said", "belief", "expected"].map((key) => {
                const cell = document.createElement("td");
                cell.dataset.key = key;
                row.append(cell);
                return cell;
            });
            row.prepend(head);
            return { row, cells };
        });
        this.body.replaceChildren(...this.rows.map(({ row }) => row));
    }

    /// A row of the series, or `null`.
    show(row) {
        this.rows.forEach(({ cells }, i) => {
            const muscle = row?.muscles[i];
            cells.forEach((cell) => {
                const value = muscle?.[cell.dataset.key] ?? null;
                // A reason stands where the value would: at Sling's, or at the sensor's as long as Sling still has one.
                const column = muscle?.belief === null ? "belief" : "said";
                const why = cell.dataset.key === column && value === null && muscle?.reason;
                const text = value === null ? (why ? words(why) : "–") : value.toFixed(1);
                if (cell.textContent !== text) cell.textContent = text;
                cell.classList.toggle("why", Boolean(why));
            });
        });
        for (const [key, element] of Object.entries(this.tiles)) {
            const value = row?.[key] ?? null;
            element.textContent = value === null ? "–" : String(Math.round(value));
        }
    }
}
