// The socket to `sling bench`: connects, says when it is lost, comes back by itself, ever less often, and hands on what
// it hears. It keeps nothing: whatever the page must know comes again with the next `hello`.

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8000;
/// Another build of Sling is there at once, or it has a session to play first.
const SOON_MS = 50;
const SOON_FOR_MS = 10000;

/// `on` has `message(object)`, `frame(t_s, png)` and `link(state, wait_ms)` with `connecting`, `open`, `soon` or `lost`.
export class Link {
    #on;
    #socket = null;
    #wait_ms = FIRST_WAIT_MS;
    #timer = 0;
    #id = 0;
    #soon = 0;

    constructor(on) {
        this.#on = on;
        addEventListener("online", () => this.again());
        document.addEventListener("visibilitychange", () => document.hidden || this.#socket || this.again());
        this.#connect();
    }

    /// Now instead of later.
    again() {
        if (this.#socket?.readyState <= WebSocket.OPEN) return;
        clearTimeout(this.#timer);
        this.#connect();
    }

    /// The server goes and is about to come back: tried often for a while.
    soon() {
        this.#soon = performance.now() + SOON_FOR_MS;
    }

    /// Whether it went out; an error that answers it carries the same id.
    send(message) {
        if (this.#socket?.readyState !== WebSocket.OPEN) return false;
        this.#id += 1;
        this.#socket.send(JSON.stringify({ ...message, id: this.#id }));
        return true;
    }

    #connect() {
        this.#on.link("connecting", 0);
        const address = new URL(`ws${location.search}`, location.href);
        address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
        const socket = new WebSocket(address);
        socket.binaryType = "arraybuffer";
        this.#socket = socket;
        socket.onopen = () => {
            this.#wait_ms = FIRST_WAIT_MS;
            this.#on.link("open", 0);
        };
        socket.onmessage = ({ data }) => {
            if (typeof data === "string") this.#on.message(JSON.parse(data));
            else this.#on.frame(new DataView(data).getFloat64(0, true), new Blob([data.slice(8)], { type: "image/png" }));
        };
        socket.onclose = () => {
            if (this.#socket !== socket) return;
            this.#socket = null;
            if (performance.now() < this.#soon) {
                this.#on.link("soon", SOON_MS);
                this.#timer = setTimeout(() => this.#connect(), SOON_MS);
                return;
            }
            this.#on.link("lost", this.#wait_ms);
            this.#timer = setTimeout(() => this.#connect(), this.#wait_ms);
            this.#wait_ms = Math.min(LONGEST_WAIT_MS, this.#wait_ms * 2);
        };
    }
}
