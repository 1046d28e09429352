//! The table. A row is a text in English, German, French, Spanish, Italian and Dutch; see the [module](super) for `|` and `{0}`.

use super::Language;

macro_rules! texts {
    ($($(#[$remark:meta])* $name:ident: $en:literal, $de:literal, $fr:literal, $es:literal, $it:literal, $nl:literal;)*) => {
        /// A text of the screen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Say { $($(#[$remark])* #[doc = concat!("“", $en, "”")] $name,)* }

        impl Say {
            /// Every text.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// All forms of the text; in English if the language is not built in.
            pub fn text(self, language: Language) -> &'static str {
                static EN: &[&str] = &[$($en,)*];
                #[cfg(feature = "de")]
                static DE: &[&str] = &[$($de,)*];
                #[cfg(feature = "fr")]
                static FR: &[&str] = &[$($fr,)*];
                #[cfg(feature = "es")]
                static ES: &[&str] = &[$($es,)*];
                #[cfg(feature = "it")]
                static IT: &[&str] = &[$($it,)*];
                #[cfg(feature = "nl")]
                static NL: &[&str] = &[$($nl,)*];
                let table = match language {
                    #[cfg(feature = "de")]
                    Language::German => DE,
                    #[cfg(feature = "fr")]
                    Language::French => FR,
                    #[cfg(feature = "es")]
                    Language::Spanish => ES,
                    #[cfg(feature = "it")]
                    Language::Italian => IT,
                    #[cfg(feature = "nl")]
                    Language::Dutch => NL,
                    _ => EN,
                };
                table.get(self as usize).copied().unwrap_or_default()
            }
        }
    };
}

texts! {
    // Parts of the body, and muscles among others of their part. What else is said of them is put so that it needs no gender.
    Calf: "calf", "Wade", "mollet|moll.", "gemelo|gem.", "polpaccio|polp.", "kuit";
    Thigh: "thigh|quad", "Oberschenkel|Schenkel|Quad", "cuisse|cui.", "muslo|mus.", "coscia|cos.", "dijbeen|dij";
    Hamstring: "hamstring|ham", "Beinbeuger|Beug.", "ischios|isch.", "isquios|isq.", "femorali|fem.", "hamstring|ham";
    Glute: "glute", "Gesäß|Po", "fessier|fess.", "glúteo|glút.", "gluteo|glut.", "bil";
    Shin: "shin", "Schienbein|Tib.", "tibial|tib.", "tibial|tib.", "tibiale|tib.", "scheenbeen|tib.";
    Back: "back", "Rücken|Rü.", "dos", "espalda|lumb.", "schiena|schi.", "rug";
    Shoulder: "shoulder|delt", "Schulter|Sch.", "épaule|ép.", "hombro|hom.", "spalla|spal.", "schouder|sch.";
    Inner: "inner", "innen", "interne|int.", "int.", "int.", "binnen";
    Outer: "outer", "außen", "externe|ext.", "ext.", "est.", "buiten";
    Deep: "deep", "tief", "profond|prof.", "prof.", "prof.", "diep";
    Middle: "mid", "Mitte", "moyen|moy.", "med.", "med.", "midden";
    Main: "main", "groß", "grand|gr.", "mayor", "gr.", "groot";
    /// {0} is which, {1} the part.
    HeadOf: "{0} {1}", "{1} {0}", "{1} {0}", "{1} {0}", "{1} {0}", "{1} {0}";
    Left: "left", "links", "à gauche|gauche", "izq.", "sx", "links";
    Right: "right", "rechts", "à droite|droite", "der.", "dx", "rechts";
    LeftLetter: "L", "L", "G", "I", "S", "L";
    RightLetter: "R", "R", "D", "D", "D", "R";
    /// {0} is the side, {1} the part.
    SideOf: "{0} {1}", "{1} {0}", "{1} {0}", "{1} {0}", "{1} {0}", "{1} {0}";
    LeftLeg: "left leg|left", "linkes Bein|links", "jambe gauche|gauche", "pierna izq.|izq.", "gamba sx|sx", "linkerbeen|links";
    RightLeg: "right leg|right", "rechtes Bein|rechts", "jambe droite|droite", "pierna der.|der.", "gamba dx|dx", "rechterbeen|rechts";

    // What an alert says of a muscle: in the panel, and in the line that stays.
    FallingNews: "falling|falls|↓", "fällt|↓", "en baisse|baisse|↓", "bajando|baja|↓", "in calo|cala|↓", "daalt|↓";
    Falling: "falling|↓", "fällt|↓", "en baisse|↓", "bajando|↓", "in calo|↓", "daalt|↓";
    LowerNews: "lower|low", "tiefer|tief", "plus bas|bas", "más bajo|bajo", "più basso|basso|bas.", "lager|laag";
    Lower: "lower|low", "tiefer|tief", "plus bas|bas", "más bajo|bajo", "più basso|basso", "lager|laag";
    OxygenDownNews: "O₂ down|O₂ ↓", "O₂ fällt|O₂ ↓", "O₂ en baisse|O₂ ↓", "O₂ baja|O₂ ↓", "O₂ in calo|O₂ ↓", "O₂ daalt|O₂ ↓";
    OxygenDown: "O₂ down|O₂ ↓", "O₂ fällt|O₂ ↓", "O₂ en baisse|O₂ ↓", "O₂ baja|O₂ ↓", "O₂ in calo|O₂ ↓", "O₂ daalt|O₂ ↓";
    RecoverySlowerNews: "recovery slower|slower|slow", "erholt langsamer|langsamer|zäh", "récup. plus lente|récup. lente|lent", "recupera más lento|más lento|lento", "recupero più lento|più lento|lento", "herstelt trager|trager|traag";
    RecoverySlower: "recovery slower|slower|slow", "erholt langsamer|langsamer|zäh", "récup. plus lente|récup. lente|lent", "recupera más lento|más lento|lento", "recupero più lento|più lento|lento", "herstelt trager|trager|traag";
    ShareChangedNews: "sharing changed|share changed|new share", "Verteilung anders|Anteile neu|Anteile", "partage changé|partage", "reparto cambiado|reparto", "riparto cambiato|riparto", "verdeling anders|verdeling";
    ShareChanged: "sharing changed|new share", "Verteilung anders|Anteile neu", "partage changé|partage", "reparto cambiado|reparto", "riparto cambiato|riparto", "verdeling anders|verdeling";

    // The second line of an alert. {0} is the other muscle, {1} since when, {2} the muscle in brief.
    Against: "against {0}, {1}|vs {0}, {1}|vs {0} {1}|vs {2} {1}|{1}", "gegen {0}, {1}|zu {0} {1}|zu {2} {1}|{1}", "par rapport à {0}, {1}|contre {0}, {1}|vs {0}, {1}|vs {0} {1}|vs {2} {1}|{1}", "respecto a {0}, {1}|contra {0}, {1}|vs {0}, {1}|vs {0} {1}|vs {2} {1}|{1}", "rispetto a {0}, {1}|contro {0}, {1}|vs {0}, {1}|vs {0} {1}|vs {2} {1}|{1}", "tegenover {0}, {1}|t.o.v. {0}, {1}|vs {0} {1}|vs {2} {1}|{1}";
    ForSpan: "for {0}|{0}", "seit {0}|{0}", "depuis {0}|{0}", "desde hace {0}|{0}", "da {0}|{0}", "sinds {0}|{0}";
    BloodUp: "blood up, {0}|blood up {0}|blood ↑ {0}|blood up|blood ↑", "Blut mehr, {0}|Blut ↑ {0}|Blut ↑", "plus de sang, {0}|sang ↑ {0}|sang ↑", "más sangre, {0}|sangre ↑ {0}|sangre ↑", "più sangue, {0}|sangue ↑ {0}|sangue ↑", "meer bloed, {0}|bloed ↑ {0}|bloed ↑";
    BloodDown: "blood down, {0}|blood down {0}|blood ↓ {0}|blood down|blood ↓", "Blut weniger, {0}|Blut ↓ {0}|Blut ↓", "moins de sang, {0}|sang ↓ {0}|sang ↓", "menos sangre, {0}|sangre ↓ {0}|sangre ↓", "meno sangue, {0}|sangue ↓ {0}|sangue ↓", "minder bloed, {0}|bloed ↓ {0}|bloed ↓";
    HalfRecovered: "half recovered in {0} s, was {1} s|recovery {0} s, was {1} s|recovery {0}, was {1}|{0} s, was {1} s|{0} s, not {1}|{0} s", "halb erholt in {0} s, war {1} s|Erholung {0} s, war {1} s|{0} s, war {1} s|{0} s, nicht {1}|{0} s", "mi-récup. en {0} s, avant {1} s|récup. {0} s, avant {1}|{0} s, avant {1} s|{0} s|{0} s", "media recup. en {0} s, antes {1} s|recup. {0} s, antes {1}|{0} s, antes {1} s|{0} s", "mezzo recupero in {0} s, prima {1} s|recupero {0} s, prima {1}|{0} s, prima {1} s|{0} s", "half hersteld in {0} s, was {1} s|herstel {0} s, was {1} s|{0} s, was {1} s|{0} s";
    ByPercent: "by {0} %", "um {0} %", "de {0} %", "en {0} %", "del {0} %", "met {0} %";
    SharePercent: "{0} and {1}, {2} %|{3}, {4} {2} %|by {2} %", "{0} und {1}, {2} %|{3}, {4} {2} %|um {2} %", "{0} et {1}, {2} %|{3}, {4} {2} %|de {2} %", "{0} y {1}, {2} %|{3}, {4} {2} %|en {2} %", "{0} e {1}, {2} %|{3}, {4} {2} %|del {2} %", "{0} en {1}, {2} %|{3}, {4} {2} %|met {2} %";
    More: "+{0} more|+{0}", "+{0} weitere|+{0}", "+{0} autres|+{0}", "+{0} más|+{0}", "+{0} altri|+{0}", "+{0} meer|+{0}";
    Minutes: "{0} min", "{0} min", "{0} min", "{0} min", "{0} min", "{0} min";
    Hours: "{0} h", "{0} h", "{0} h", "{0} h", "{0} h", "{0} u";

    // Why there is no reading.
    Searching: "searching|seeking", "Suche läuft|Suche", "recherche|cherche", "buscando|busca…", "ricerca", "zoeken";
    NoSignal: "no signal", "kein Signal", "pas de signal", "sin señal", "nessun segnale|no segn.", "geen signaal";
    NoNews: "no news", "nichts Neues", "rien de neuf", "sin novedad|sin más", "nulla di nuovo", "niets nieuws";
    NoData: "no data", "keine Daten", "pas de données|pas de data", "sin datos", "nessun dato", "geen data";
    LightLeak: "light leak|light", "Fremdlicht|Licht", "fuite de lumière|lumière", "entra luz|luz", "entra luce|luce", "lichtlek";
    NoReading: "no reading", "kein Messwert|kein Wert", "pas de mesure", "sin medida", "nessuna misura|no misura", "geen meting";
    OddValue: "odd value", "Wert unmöglich|Wert falsch", "valeur étrange|valeur ?", "valor raro", "valore strano", "vreemde waarde|fout";
    Moved: "moved", "verrutscht|gerutscht|locker", "déplacé", "movido", "spostato", "verschoven|schoof";
    Swapped: "swapped?|swap?", "vertauscht?|Tausch?", "inversés ?|inverse?", "¿cambiados?|¿otro?", "scambiati?|altro?", "verwisseld?|wissel?";
    LowBattery: "low battery", "Akku schwach|Akku leer", "pile faible", "batería baja", "batteria bassa", "batterij laag|accu laag";
    TwoSensors: "two sensors", "zwei Sensoren|zwei Sens.", "deux capteurs|2 capt.", "dos sensores|2 sens.", "due sensori|2 sens.", "twee sensoren|2 sens.";
    NotWorn: "not worn", "nicht angelegt|nicht an", "non porté|absent", "no puesto|falta", "non indossato|non messo", "niet gedragen|niet om";
    /// {0} is the reason.
    ReasonSeconds: "{0} {1} s", "{0} {1} s", "{0} {1} s", "{0} {1} s", "{0} {1} s", "{0} {1} s";
    /// {0} is the reason.
    ReasonMinutes: "{0} {1} min", "{0} {1} min", "{0} {1} min", "{0} {1} min", "{0} {1} min", "{0} {1} min";

    // Why there is no balance.
    NeedsPair: "needs calf and thigh|no pair", "braucht Wade und Schenkel|kein Paar", "il faut mollet et cuisse|pas de paire", "falta gemelo y muslo|sin par", "servono polpaccio e coscia|nessuna coppia", "kuit en dij nodig|geen paar";
    Learning: "learning", "lernt", "apprend", "aprende", "impara", "leert";
    LearningMinutes: "learning {0} min", "lernt {0} min", "apprend {0} min", "aprende {0} min", "impara {0} min", "leert {0} min";
    NoPower: "no power", "keine Leistung", "pas de watts", "sin potencia", "niente watt", "geen vermogen";
    RangeSmall: "range small", "Bereich klein", "plage faible", "poco rango", "poco range", "bereik klein";
    Standing: "standing", "Wiegetritt", "en danseuse", "de pie", "in piedi", "staand";
    Coasting: "coasting", "rollt", "roue libre", "sin pedalear", "a ruota libera|ruota libera", "rolt";

    // The status line.
    RidePaused: "paused", "Pause", "en pause", "en pausa", "in pausa", "pauze";
    RideOver: "ride over", "Fahrt zu Ende", "sortie finie", "salida terminada|fin", "uscita finita", "rit voorbij";
    Restarted: "restarted after a fault|restarted", "neu gestartet nach Fehler|Neustart", "relancé après une panne|relancé", "reiniciado tras un fallo|reiniciado", "riavviato dopo un guasto|riavviato", "herstart na een fout|herstart";
    NotRecorded: "not recording|no record", "keine Aufnahme|Aufnahme aus", "pas d'enreg.", "no se graba", "non registra", "geen opname";
    CuesOff: "cues off", "Signale aus", "alertes off", "avisos no", "avvisi off", "signalen uit";
    CuesOffMinutes: "cues off {0} min|quiet {0} min", "Signale aus {0} min|still {0} min", "muet {0} min", "avisos no {0} min|mudo {0} min", "avvisi off {0} min|muto {0} min", "stil {0} min";
    CalfBattery: "calf batt low", "Wade: Akku", "mollet: pile", "gemelo: bat.", "polp.: batt.", "kuit: bat.";
    ThighBattery: "thigh batt low", "Schenkel: Akku|Quad: Akku", "cuisse: pile", "muslo: bat.", "coscia: batt.", "dij: bat.";
    NoStick: "no ANT stick", "kein ANT-Stick|kein ANT", "pas de clé ANT", "sin ANT", "manca ANT", "geen ANT-stick|geen ANT";
    AntLocked: "ANT locked", "ANT gesperrt", "ANT bloqué", "ANT cerrado", "ANT bloccato", "ANT op slot";
    AntBusy: "ANT in use", "ANT belegt", "ANT occupé", "ANT ocupado", "ANT occupato", "ANT bezet";
    NoAntKey: "no ANT key", "kein ANT-Key", "clé ANT absente|clé ANT ?", "sin clave ANT", "manca chiave ANT|chiave ANT?", "geen ANT-key";
    BadAntKey: "bad ANT key", "ANT-Key falsch|Key falsch", "clé ANT fausse|clé ANT !", "clave ANT mala|clave ANT !", "chiave ANT errata|chiave ANT !", "ANT-key fout";
    AntHangs: "ANT hangs", "ANT hängt", "ANT figé", "ANT colgado", "ANT bloccato", "ANT hangt";
    AntSilent: "ANT silent", "ANT still", "ANT muet", "ANT mudo", "ANT muto", "ANT stil";
    BleOff: "BLE off", "BLE aus", "BLE off", "BLE apagado", "BLE spento", "BLE uit";
    BleLocked: "BLE locked", "BLE gesperrt", "BLE bloqué", "BLE cerrado", "BLE bloccato", "BLE op slot";
    BleHangs: "BLE hangs", "BLE hängt", "BLE figé", "BLE colgado", "BLE bloccato", "BLE hangt";
    NoBle: "no BLE", "kein BLE", "pas de BLE", "sin BLE", "manca BLE", "geen BLE";
    BleSilent: "BLE silent", "BLE still", "BLE muet", "BLE mudo", "BLE muto", "BLE stil";
    Ant: "ANT", "ANT", "ANT", "ANT", "ANT", "ANT";
    Ble: "BLE", "BLE", "BLE", "BLE", "BLE", "BLE";

    // Titles of pages.
    Numbers: "Numbers", "Zahlen", "Chiffres", "Números", "Numeri", "Cijfers";
    Trend: "Trend", "Verlauf", "Tendance", "Tendencia", "Andamento", "Verloop";
    Sides: "Left and right|L and R", "Links und rechts|L und R", "Gauche et droite|G et D", "Izquierda y derecha|I y D", "Sinistra e destra|S e D", "Links en rechts|L en R";
    LeftCalf: "Left calf", "Linke Wade", "Mollet gauche", "Gemelo izquierdo|Gemelo izq.", "Polpaccio sinistro|Polp. sin.", "Linkerkuit";
    RightCalf: "Right calf", "Rechte Wade", "Mollet droit", "Gemelo derecho|Gemelo der.", "Polpaccio destro|Polp. destro", "Rechterkuit";
    LeftThigh: "Left thigh", "Linker Schenkel|Schenkel li.", "Cuisse gauche", "Muslo izquierdo|Muslo izq.", "Coscia sinistra|Coscia sin.", "Linkerdij";
    RightThigh: "Right thigh", "Rechter Schenkel|Schenkel re.", "Cuisse droite", "Muslo derecho|Muslo der.", "Coscia destra", "Rechterdij";
    InnerCalf: "Inner calf", "Innere Wade", "Mollet interne", "Gemelo interno", "Polpaccio interno|Polp. interno", "Binnenkuit";
    OuterCalf: "Outer calf", "Äußere Wade", "Mollet externe", "Gemelo externo", "Polpaccio esterno|Polp. esterno", "Buitenkuit";
    OwnRange: "range", "Bereich", "plage", "rango", "range", "bereik";
    Muscles: "Muscles", "Muskeln", "Muscles", "Músculos", "Muscoli", "Spieren";
    Heads: "Calf heads", "Wadenköpfe", "Chefs du mollet|Chefs", "Cabezas del gemelo|Cabezas", "Capi del polpaccio|Capi", "Kuitkoppen";

    AlertsTold: "Alerts", "Alarme", "Alertes", "Alertas", "Allarmi", "Alarmen";
    /// {0} is when an alert was told, {1} for how many minutes it lasted.
    AlertWas: "after {0} h, {1} min|after {0} h|{0} h", "nach {0} h, {1} min|nach {0} h|{0} h", "après {0} h, {1} min|après {0} h|{0} h", "tras {0} h, {1} min|tras {0} h|{0} h", "dopo {0} h, {1} min|dopo {0} h|{0} h", "na {0} u, {1} min|na {0} u|{0} u";
    AlertIsOn: "after {0} h, still on|after {0} h|{0} h", "nach {0} h, hält an|nach {0} h|{0} h", "après {0} h, en cours|après {0} h|{0} h", "tras {0} h, sigue|tras {0} h|{0} h", "dopo {0} h, in corso|dopo {0} h|{0} h", "na {0} u, nu nog|na {0} u|{0} u";
    NoAlerts: "none on this ride|none", "keine auf dieser Fahrt|keine", "aucune durant ce tour|aucune", "ninguna en esta salida|ninguna", "nessuno in questa uscita|nessuno", "geen op deze rit|geen";
    Settings: "Settings", "Einstellungen", "Réglages", "Ajustes", "Impostazioni", "Instellingen";
    Ride: "Ride", "Fahrt", "Sortie", "Salida", "Uscita", "Rit";
    PauseRide: "Pause", "Pause", "Pause", "Pausa", "Pausa", "Pauze";
    GoOn: "Go on", "Weiter", "Reprendre", "Seguir", "Riprendi", "Verder";
    EndRide: "End ride|End", "Fahrt beenden|Beenden", "Finir la sortie|Finir", "Terminar salida|Terminar", "Termina uscita|Termina", "Rit beëindigen|Einde";
    NewRide: "New ride", "Neue Fahrt", "Nouvelle sortie|Nouvelle", "Nueva salida|Nueva", "Nuova uscita|Nuova", "Nieuwe rit";
    Recording: "Recording|Record", "Aufnahme|Aufn.", "Enregistrement|Enreg.", "Grabación|Grab.", "Registrazione|Registr.", "Opname";
    StorageFull: "no room left|full", "kein Platz mehr|voll", "plus de place|plein", "sin espacio|lleno", "spazio finito|pieno", "geen ruimte|vol";
    Fails: "fails", "gestört", "en panne", "falla", "guasta", "mislukt";
    Restart: "Restart", "Neustart", "Relance", "Reinicio", "Riavvio", "Herstart";
    About: "About", "Über", "À propos", "Acerca de", "Info", "Over";

    // Lists.
    LeaveList: "‹ back", "‹ zurück", "‹ retour", "‹ volver", "‹ indietro", "‹ terug";
    PressAgain: "press again|again", "nochmal drücken|nochmal", "appuyer encore|encore", "pulsar otra vez|otra vez", "premi ancora|ancora", "druk nogmaals|nogmaals";
    On: "on", "an", "oui", "sí", "sì", "aan";
    Off: "off", "aus", "non", "no", "no", "uit";
    Nothing: "none", "keine", "rien", "nada", "niente", "geen";
    LanguageSetting: "Language", "Sprache", "Langue", "Idioma", "Lingua", "Taal";
    ThisLanguage: "English|en", "Deutsch|de", "Français|fr", "Español|es", "Italiano|it", "Nederlands|nl";
    ThemeSetting: "Colours", "Farben", "Couleurs", "Colores", "Colori", "Kleuren";
    Day: "day", "Tag", "jour", "día", "giorno", "dag";
    Night: "night", "Nacht", "nuit", "noche", "notte", "nacht";
    LargeText: "Large text", "Große Schrift|Schrift gr.", "Grands textes|Grand", "Texto grande|Grande", "Testo grande|Grande", "Grote tekst|Groot";
    Vibration: "Vibration|Vibr.", "Vibration|Vibr.", "Vibration|Vibr.", "Vibración|Vibr.", "Vibrazione|Vibr.", "Trillen";
    Beeps: "Beeps", "Pieptöne|Töne", "Bips", "Pitidos", "Suoni", "Pieptonen|Piepen";
    Soft: "soft", "sanft", "douce", "suave", "lieve", "zacht";
    Quiet: "quiet", "leise", "bas", "bajo", "basso", "zacht";
    Normal: "normal", "normal", "normal", "normal", "normale", "normaal|norm.";
    Strong: "strong", "stark", "forte", "fuerte", "forte", "sterk";
    Loud: "loud", "laut", "fort", "alto", "alto", "hard";
    /// The least shift that an alert is told of.
    AlertsFrom: "Alerts from|Alerts", "Alarm ab", "Alerte dès|Alerte", "Alerta desde|Alerta", "Allarme da|Allarme", "Alarm vanaf|Alarm";
    Auto: "auto", "auto", "auto", "auto", "auto", "auto";
    Points: "{0} points|{0}", "{0} Punkte|{0}", "{0} points|{0}", "{0} puntos|{0}", "{0} punti|{0}", "{0} punten|{0}";
    /// The level from which an alert gives a cue.
    CuesFrom: "Cues from|Cues", "Signal ab|Signal", "Signal dès|Signal", "Aviso desde|Aviso", "Avviso da|Avviso", "Signaal vanaf|Signaal";
    Caution: "caution", "Vorsicht", "attention", "cautela", "attenzione|attenz.", "let op";
    Warning: "warning|warn.", "Warnung", "danger", "peligro", "pericolo", "waarschuwing|waarsch.";
    /// After how long without a change of posture.
    NudgeSetting: "Nudge to move|Nudge", "Tipp: bewegen|Tipp", "Rappel : bouger|Rappel", "Recordar moverse|Moverse", "Invito a muoversi|Muoversi", "Tip: beweeg|Tip";
    NumberSetting: "Number {0}|No. {0}|{0}", "Zahl {0}|{0}", "Chiffre {0}|{0}", "Número {0}|{0}", "Numero {0}|{0}", "Cijfer {0}|{0}";
    NotMedical: "Not a medical device.", "Kein Medizinprodukt.", "Pas un dispositif médical.", "No es producto sanitario.", "Non è dispositivo medico.", "Geen medisch hulpmiddel.";

    // Titles of fields.
    Alert: "Alert", "Alarm", "Alerte", "Alerta", "Allarme", "Alarm";
    Status: "Status", "Status", "État", "Estado", "Stato", "Status";
    Balance: "Balance", "Balance", "Équilibre", "Balance", "Bilancio", "Balans";
    FiveMinutes: "Calf and thigh, 5 min|O₂ 5 min", "Wade und Schenkel, 5 min|O₂ 5 min", "Mollet et cuisse, 5 min|O₂ 5 min", "Gemelo y muslo, 5 min|O₂ 5 min", "Polpaccio e coscia, 5 min|O₂ 5 min", "Kuit en dij, 5 min|O₂ 5 min";
    Power: "Power", "Leistung", "Puissance", "Potencia", "Potenza", "Vermogen";
    Cadence: "Cadence", "Trittfrequenz|Kadenz", "Cadence", "Cadencia", "Cadenza", "Cadans";
    HeartRate: "Heart rate", "Herzfrequenz|Puls", "Fréq. cardiaque|Cœur", "Frec. cardíaca|Pulso", "Freq. cardiaca|Cuore", "Hartslag";
    RideTime: "Ride time|Time", "Fahrzeit|Zeit", "Durée", "Tiempo", "Durata", "Rijtijd";
    NoWatts: "no W", "kein W", "pas de W|W ?", "sin W", "no W", "geen W";
    NoRpm: "no rpm", "keine rpm|rpm ?", "pas de rpm|rpm ?", "sin rpm|rpm ?", "no rpm", "geen rpm|rpm ?";

    // Fields. Titles: what, and of which muscle.
    ThbCalf: "tHb calf|tHb c.", "tHb Wade", "tHb mollet|tHb mol.", "tHb gemelo|tHb gem.", "tHb polpaccio|tHb pol.", "tHb kuit";
    ThbThigh: "tHb thigh|tHb th.", "tHb Schenkel|tHb Sch.", "tHb cuisse|tHb cui.", "tHb muslo|tHb mus.", "tHb coscia|tHb cos.", "tHb dijbeen|tHb dij";
    RangeCalf: "Range calf|Rng calf|Rng c.", "Bereich Wade|Ber. Wade", "Plage mollet|Plg. mollet|Plg. mol.", "Rango gemelo|Rgo. gemelo|Rgo. gem.", "Range polpaccio|Rng polpaccio|Rng pol.", "Bereik kuit|Ber. kuit";
    RangeThigh: "Range thigh|Rng thigh|Rng th.", "Bereich Schenkel|Ber. Schenkel|Ber. Sch.", "Plage cuisse|Plg. cuisse|Plg. cui.", "Rango muslo|Rgo. muslo|Rgo. mus.", "Range coscia|Rng coscia|Rng cos.", "Bereik dijbeen|Ber. dijbeen|Ber. dij";
    SlopeCalf: "Slope calf|Slp calf|Slp c.", "Steigung Wade|Stg. Wade", "Pente mollet|Pte. mollet|Pte. mol.", "Pendiente gemelo|Pend. gemelo|Pend. gem.", "Pendenza polpaccio|Pend. polpaccio|Pend. pol.", "Helling kuit|Hel. kuit";
    SlopeThigh: "Slope thigh|Slp thigh|Slp th.", "Steigung Schenkel|Stg. Schenkel|Stg. Sch.", "Pente cuisse|Pte. cuisse|Pte. cui.", "Pendiente muslo|Pend. muslo|Pend. mus.", "Pendenza coscia|Pend. coscia|Pend. cos.", "Helling dijbeen|Hel. dijbeen|Hel. dij";
    LeastCalf: "Min calf|Min c.", "Min Wade", "Min mollet|Min mol.", "Mín gemelo|Mín gem.", "Min polpaccio|Min pol.", "Min kuit";
    LeastThigh: "Min thigh|Min th.", "Min Schenkel|Min Sch.", "Min cuisse|Min cui.", "Mín muslo|Mín mus.", "Min coscia|Min cos.", "Min dijbeen|Min dij";
    MostCalf: "Max calf|Max c.", "Max Wade", "Max mollet|Max mol.", "Máx gemelo|Máx gem.", "Max polpaccio|Max pol.", "Max kuit";
    MostThigh: "Max thigh|Max th.", "Max Schenkel|Max Sch.", "Max cuisse|Max cui.", "Máx muslo|Máx mus.", "Max coscia|Max cos.", "Max dijbeen|Max dij";
    DropCalf: "Drop calf|Drop c.", "Abfall Wade|Abf. Wade", "Baisse mollet|Bais. mollet|Bais. mol.", "Caída gemelo|Caída gem.", "Calo polpaccio|Calo pol.", "Daling kuit|Dal. kuit";
    DropThigh: "Drop thigh|Drop th.", "Abfall Schenkel|Abf. Schenkel|Abf. Sch.", "Baisse cuisse|Bais. cuisse|Bais. cui.", "Caída muslo|Caída mus.", "Calo coscia|Calo cos.", "Daling dijbeen|Dal. dijbeen|Dal. dij";
    LowCalf: "Time low calf|Low calf|Low c.", "Zeit tief Wade|Tief Wade", "Temps bas mollet|Bas mollet|Bas mol.", "Tiempo bajo gemelo|Bajo gemelo|Bajo gem.", "Tempo basso polpaccio|Basso polpaccio|Basso pol.", "Tijd laag kuit|Laag kuit";
    LowThigh: "Time low thigh|Low thigh|Low th.", "Zeit tief Schenkel|Tief Schenkel|Tief Sch.", "Temps bas cuisse|Bas cuisse|Bas cui.", "Tiempo bajo muslo|Bajo muslo|Bajo mus.", "Tempo basso coscia|Basso coscia|Basso cos.", "Tijd laag dijbeen|Laag dijbeen|Laag dij";
    HalfTimeCalf: "Recovery calf|Rec. calf|Rec. c.", "Erholung Wade|Erh. Wade", "Récup. mollet|Réc. mollet|Réc. mol.", "Recup. gemelo|Rec. gemelo|Rec. gem.", "Recupero polpaccio|Rec. polpaccio|Rec. pol.", "Herstel kuit|Her. kuit";
    HalfTimeThigh: "Recovery thigh|Rec. thigh|Rec. th.", "Erholung Schenkel|Erh. Schenkel|Erh. Sch.", "Récup. cuisse|Réc. cuisse|Réc. cui.", "Recup. muslo|Rec. muslo|Rec. mus.", "Recupero coscia|Rec. coscia|Rec. cos.", "Herstel dijbeen|Her. dijbeen|Her. dij";
    WattsPerCalf: "W per % calf|W/% calf|W/% c.", "W je % Wade|W/% Wade", "W par % mollet|W/% mollet|W/% mol.", "W por % gemelo|W/% gemelo|W/% gem.", "W per % polpaccio|W/% polpaccio|W/% pol.", "W per % kuit|W/% kuit";
    WattsPerThigh: "W per % thigh|W/% thigh|W/% th.", "W je % Schenkel|W/% Schenkel|W/% Sch.", "W par % cuisse|W/% cuisse|W/% cui.", "W por % muslo|W/% muslo|W/% mus.", "W per % coscia|W/% coscia|W/% cos.", "W per % dijbeen|W/% dijbeen|W/% dij";
    SensorCalf: "Sensor calf|Sens. calf|Sens. c.", "Sensor Wade|Sens. Wade", "Capteur mollet|Capt. mollet|Capt. mol.", "Sensor gemelo|Sens. gemelo|Sens. gem.", "Sensore polpaccio|Sens. polpaccio|Sens. pol.", "Sensor kuit|Sens. kuit";
    SensorThigh: "Sensor thigh|Sens. thigh|Sens. th.", "Sensor Schenkel|Sens. Schenkel|Sens. Sch.", "Capteur cuisse|Capt. cuisse|Capt. cui.", "Sensor muslo|Sens. muslo|Sens. mus.", "Sensore coscia|Sens. coscia|Sens. cos.", "Sensor dijbeen|Sens. dijbeen|Sens. dij";
    DNumber: "D", "D", "D", "D", "D", "D";
    Share: "Who works more|Share", "Wer mehr arbeitet|Anteile", "Qui travaille plus|Partage", "Quién trabaja más|Reparto", "Chi lavora di più|Riparto", "Wie werkt meer|Verdeling";
    ThirtyMinutes: "Calf and thigh, 30 min|O₂ 30 min", "Wade und Schenkel, 30 min|O₂ 30 min", "Mollet et cuisse, 30 min|O₂ 30 min", "Gemelo y muslo, 30 min|O₂ 30 min", "Polpaccio e coscia, 30 min|O₂ 30 min", "Kuit en dij, 30 min|O₂ 30 min";
    PowerThirty: "Power, 30 min|W 30 min", "Leistung, 30 min|W 30 min", "Puissance, 30 min|W 30 min", "Potencia, 30 min|W 30 min", "Potenza, 30 min|W 30 min", "Vermogen, 30 min|W 30 min";
    Speed: "Speed", "Geschwindigkeit|Tempo", "Vitesse", "Velocidad|Vel.", "Velocità|Vel.", "Snelheid";
    Clock: "Time of day|Clock", "Uhrzeit|Uhr", "Heure", "Hora", "Ora", "Kloktijd|Klok";
    Battery: "Battery|Batt.", "Akku", "Batterie|Batt.", "Batería|Bat.", "Batteria|Batt.", "Batterij|Accu";
    Lap: "Lap", "Runde", "Tour", "Vuelta|Vta.", "Giro", "Ronde";
    LapTime: "Lap time|Lap", "Rundenzeit|Runde", "Temps du tour|Tour", "Tiempo de vuelta|Vuelta", "Tempo giro|Giro", "Rondetijd|Ronde";
    LapPower: "Lap power|Lap W", "Rundenleistung|Rd. Watt", "Puiss. du tour|Tour W", "Pot. de vuelta|Vta. W", "Potenza giro|Giro W", "Rondevermogen|Rde. W";
    LapD: "Lap D", "Runde D|Rd. D", "Tour D", "Vuelta D|Vta. D", "Giro D", "Ronde D|Rde. D";
    Laps: "Laps", "Runden", "Tours", "Vueltas", "Giri", "Rondes";

    // Fields. Why there is no number, and how a sensor does.
    FirstLap: "first lap", "erste Runde", "premier tour", "primera vuelta", "primo giro", "eerste ronde";
    NotYet: "not yet", "noch nicht", "pas encore", "aún no", "non ancora", "nog niet";
    StartUnseen: "start not seen|no start", "Beginn fehlt", "début non vu|pas vu", "inicio no visto|sin inicio", "inizio non visto|no inizio", "begin gemist";
    NoThb: "no tHb", "kein tHb", "pas de tHb", "sin tHb", "no tHb", "geen tHb";
    NoSpeed: "no km/h|km/h ?", "kein km/h|km/h ?", "pas de km/h|km/h ?", "sin km/h|km/h ?", "no km/h|km/h ?", "geen km/h|km/h ?";
    NoPair: "no pair", "kein Paar", "pas de paire", "sin par", "nessuna coppia|no coppia", "geen paar";
    Unknown: "unknown|no info", "unbekannt|unbek.", "inconnu", "sin dato", "ignoto", "onbekend|onbek.";
    SignalGood: "good signal|good", "Signal gut|gut", "bon signal|bon", "buena señal|buena", "segnale buono|buono", "signaal goed|goed";
    SignalFair: "fair signal|fair", "Signal mäßig|mäßig", "signal moyen|moyen", "señal media|media", "segnale medio|medio", "signaal matig|matig";
    SignalWeak: "weak signal|weak", "Signal schwach|schwach", "signal faible|faible", "señal débil|débil", "segnale debole|debole", "signaal zwak|zwak";
    SensorWorks: "working|ok", "misst|ok", "mesure|ok", "mide|ok", "misura|ok", "meet|ok";

    // Fit and pairing.
    Blocks: "Fit blocks", "Positionsblöcke|Blöcke", "Blocs de position|Blocs", "Bloques de posición|Bloques", "Blocchi di posizione|Blocchi", "Positieblokken|Blokken";
    PositionOf: "position {0}|{0}", "Position {0}|{0}", "position {0}|{0}", "posición {0}|{0}", "posizione {0}|{0}", "positie {0}|{0}";
    NoBlock: "no block yet: press select|press select|select", "kein Block: Auswahl drücken|Auswahl drücken|Auswahl", "aucun bloc : sélection|sélection", "ningún bloque: selección|selección", "nessun blocco: selezione|selezione", "geen blok: druk selectie|selectie";
    PositionRefused: "no fourth position: three are compared|three positions at most|only three", "keine vierte Position: drei im Vergleich|höchstens drei Positionen|nur drei", "pas de 4e position : trois comparées|trois au plus", "sin cuarta posición: tres se comparan|tres como máximo|solo tres", "niente quarta posizione: tre a confronto|tre al massimo|solo tre", "geen vierde positie: drie vergeleken|hoogstens drie";
    Settling: "settling {0} s|settle {0} s|{0} s", "pendelt ein {0} s|noch {0} s|{0} s", "se stabilise {0} s|attends {0} s|{0} s", "se asienta {0} s|espera {0} s|{0} s", "si assesta {0} s|attesa {0} s|{0} s", "komt tot rust {0} s|wacht {0} s|{0} s";
    Counting: "counts, {0} s more|counts {0} s|{0} s", "zählt, noch {0} s|zählt {0} s|{0} s", "compte, encore {0} s|compte {0} s|{0} s", "cuenta, faltan {0} s|cuenta {0} s|{0} s", "conta, ancora {0} s|conta {0} s|{0} s", "telt, nog {0} s|telt {0} s|{0} s";
    LongEnough: "long enough", "lang genug", "assez long", "suficiente", "basta così", "lang genoeg";
    Held: "does not count: {0}|paused: {0}|{0}", "zählt nicht: {0}|{0}", "ne compte pas : {0}|{0}", "no cuenta: {0}|{0}", "non conta: {0}|{0}", "telt niet: {0}|{0}";
    NextBlock: "Next block|Next", "Nächster Block|Nächster|Neuer", "Bloc suivant|Suivant", "Bloque siguiente|Siguiente", "Blocco seguente|Seguente", "Volgend blok|Volgend";
    UndoBlock: "Undo last change|Undo", "Zurücknehmen|Zurück", "Annuler", "Deshacer", "Annulla", "Ongedaan maken|Ongedaan";
    EndBlock: "End block|End", "Block beenden|Ende", "Finir le bloc|Finir", "Terminar bloque|Terminar", "Fine del blocco|Fine", "Blok beëindigen|Einde";
    ClearBlocks: "Forget all blocks|Forget all", "Alle vergessen|Alle weg", "Tout oublier", "Olvidar todo", "Dimentica tutto|Scorda", "Alles vergeten|Alles weg";
    /// {0} and {1} are labels of positions.
    VersusPosition: "{0} against {1}", "{0} gegen {1}", "{0} contre {1}", "{0} contra {1}", "{0} contro {1}", "{0} tegen {1}";
    CalfLessThigh: "calf less thigh|D", "Wade minus Schenkel|D", "mollet moins cuisse|D", "gemelo menos muslo|D", "polpaccio meno coscia|D", "kuit min dij|D";
    ChangeShown: "change shown", "Änderung gezeigt", "changement montré|un changement", "cambio mostrado", "cambio mostrato", "verandering getoond|verschil getoond";
    NoChangeShown: "no change shown|none shown", "keine Änderung gezeigt|nichts gezeigt", "aucun changement montré|rien montré", "ningún cambio mostrado|nada mostrado", "nessun cambio mostrato|nulla mostrato", "geen verandering getoond|niets getoond";
    AlikeWithin: "alike within 3|alike", "gleich bis auf 3|gleich", "égal à 3 près|égal", "igual dentro de 3|igual", "uguale entro 3|uguale", "gelijk binnen 3|gelijk";
    PairWanted: "needs one more pair|one more pair", "braucht noch ein Paar|noch ein Paar", "il faut encore une paire|encore une paire", "falta un par más|un par más", "serve ancora una coppia|ancora una coppia", "nog een paar nodig|nog een paar";
    PairsWanted: "needs {0} more pairs|{0} more pairs", "braucht noch {0} Paare|noch {0} Paare", "il faut encore {0} paires|encore {0} paires", "faltan {0} pares más|{0} pares más", "servono ancora {0} coppie|ancora {0} coppie", "nog {0} paren nodig|nog {0} paren";
    NeedsPosition: "needs a second position|second position", "braucht zweite Position|zweite Position", "il faut une 2e position|2e position", "falta otra posición|otra posición", "serve un'altra posizione|altra posizione", "tweede positie nodig|tweede positie";
    NeedsBlock: "needs a block of each|block of each", "braucht je einen Block|je ein Block", "il faut un bloc de chaque|un de chaque", "falta un bloque de cada|uno de cada", "serve un blocco di ciascuna|uno ciascuna", "van elk een blok nodig|elk een blok";
    NeedsReading: "needs 2 min of readings|needs readings", "braucht 2 min Messwerte|braucht Werte", "il faut 2 min de mesures|faut mesurer", "faltan 2 min de medidas|faltan datos", "servono 2 min di misure|servono dati", "2 min metingen nodig|meting nodig";
    NeedsLikeLoad: "needs like power and cadence|needs like power", "braucht gleiche Leistung|Last ungleich", "il faut la même puissance|watts inégaux", "falta igual potencia|otra potencia", "serve uguale potenza|altra potenza", "gelijk vermogen nodig|ander vermogen";
    NeedsContact: "a sensor moved in between|sensor moved", "ein Sensor ist verrutscht|verrutscht", "un capteur a bougé|capteur bougé", "un sensor se ha movido|sensor movido", "un sensore si è mosso|sensore mosso", "een sensor verschoof|sensor schoof";
    NoSensor: "no sensor", "kein Sensor", "sans capteur", "sin sensor", "senza sensore", "geen sensor";
    Pedalling: "pedalling", "pedaliert", "pédalage", "pedaleo", "pedalata", "trappen";
    PowerMoved: "power changed", "Leistung anders", "watts changés", "otra potencia", "altra potenza", "ander vermogen";
    TimeGap: "gap in time|gap", "Zeitlücke|Lücke", "trou de temps|trou", "hueco de tiempo|hueco", "vuoto di tempo|vuoto", "gat in de tijd|gat";

    Survey: "Resting survey|At rest", "Ruhemessung|Ruhe", "Mesure au repos|Au repos", "Medida en reposo|Reposo", "Misura a riposo|Riposo", "Rustmeting|Rust";
    SurveyIdle: "sit still, then capture|sit, capture", "still sitzen, dann messen|sitzen, messen", "reste assis, puis mesure|assis, mesure", "siéntate quieto y mide|quieto, mide", "siediti fermo e misura|fermo, misura", "zit stil en meet dan|zit, meet";
    SitStill: "sit still, {0} s left|still {0} s", "still sitzen, noch {0} s|still {0} s", "reste assis, encore {0} s|assis {0} s", "quieto, faltan {0} s|quieto {0} s", "fermo, ancora {0} s|fermo {0} s", "stilzitten, nog {0} s|stil {0} s";
    SurveyDone: "survey complete|complete", "Tabelle vollständig|vollständig", "table complète|complète", "tabla completa|completa", "tabella completa|completa", "tabel compleet|compleet";
    SurveyGoesOn: "move the sensors, capture again|move sensors", "Sensoren umsetzen, neu messen|umsetzen", "déplace les capteurs et mesure|déplace-les", "mueve los sensores y mide|mueve, mide", "sposta i sensori e misura|sposta, misura", "verplaats sensoren en meet|verplaats ze";
    Spoiled: "spoiled: {0}|{0}", "verdorben: {0}|{0}", "gâché : {0}|{0}", "fallido: {0}|{0}", "fallito: {0}|{0}", "mislukt: {0}|{0}";
    Capturing: "being captured|now", "wird gemessen|jetzt", "mesure en cours|en cours", "midiendo", "in misura", "wordt gemeten|nu";
    NotCaptured: "not captured yet|not yet", "noch nicht gemessen|noch nicht", "pas encore mesuré|pas encore", "aún sin medir|sin medir", "non ancora misurato|non ancora", "nog niet gemeten|nog niet";
    LeftToRight: "left : right {0}|L : R {0}|{0}", "links : rechts {0}|L : R {0}|{0}", "gauche : droite {0}|G : D {0}|{0}", "izq. : der. {0}|I : D {0}|{0}", "sx : dx {0}|S : D {0}|{0}", "links : rechts {0}|L : R {0}|{0}";
    /// {0} is both ratios, each with its leg.
    CalfToThigh: "calf : thigh {0}|{0}", "Wade : Schenkel {0}|{0}", "mollet : cuisse {0}|{0}", "gemelo : muslo {0}|{0}", "polp. : coscia {0}|{0}", "kuit : dij {0}|{0}";
    Scatter: "SD {0}", "SD {0}", "ET {0}", "DE {0}", "DS {0}", "SD {0}";
    Capture: "Capture", "Messen", "Mesurer", "Medir", "Misura", "Meten";
    NewSurvey: "New survey|New", "Neue Tabelle|Neu", "Nouvelle table|Nouveau", "Tabla nueva|Nueva", "Nuova tabella|Nuova", "Nieuwe tabel|Nieuw";
    StopItem: "Stop", "Beenden", "Arrêter", "Parar", "Ferma", "Stoppen";

    Reassess: "Cue and reassess|Cue trial", "Hinweis und Wirkung|Hinweis-Test|Hinweis", "Consigne et effet|Essai", "Consigna y efecto|Prueba", "Indicazione ed effetto|Prova", "Aanwijzing en effect|Proef";
    StepBaseline: "baseline|base", "Basis|Bas.", "base", "base", "base", "basis|bas.";
    StepCue: "cue", "Tipp", "mot", "voz", "voce", "tip";
    StepSettle: "settle|wait", "Pause|Pau.", "pause|att.", "espera|esp.", "attesa|att.", "rust";
    StepAssess: "assess|look", "messen|mess.|mes.", "mesure|mes.", "mide|ver", "misura|mis.", "meten|nu";
    TrialIdle: "what does a cue do? press select|press select", "was bewirkt ein Hinweis? Auswahl drücken|Auswahl drücken", "que fait une consigne ? sélection|sélection", "¿qué hace una consigna? selección|selección", "che fa un'indicazione? selezione|selezione", "wat doet een aanwijzing? druk selectie|selectie";
    RideOn: "ride on as you are|ride on", "so weiterfahren|weiter so", "continue comme ça|continue", "sigue así", "continua così", "rij zo door";
    GiveCue: "give the cue, then select|give the cue", "Hinweis geben, dann Auswahl|Hinweis geben", "donne la consigne, puis sélection|la consigne", "da la consigna y pulsa|da la consigna", "dai l'indicazione e premi|l'indicazione", "geef de aanwijzing en druk|geef de tip";
    KeepCue: "keep to the cue, same power|keep the cue", "dabei bleiben, gleiche Leistung|dabei bleiben", "garde la consigne et les watts|continue", "mantén consigna y potencia|mantén", "tieni indicazione e potenza|mantieni", "hou vol, zelfde vermogen|hou vol";
    BegunAnew: "begun anew: {0}|anew: {0}|{0}", "neu begonnen: {0}|neu: {0}|{0}", "recommencé : {0}|encore : {0}|{0}", "de nuevo: {0}|{0}", "di nuovo: {0}|{0}", "opnieuw: {0}|{0}";
    TrialDone: "after the cue less before|after less before", "nach dem Hinweis minus vorher|nachher minus vorher|Ergebnis", "après la consigne moins avant|après moins avant|résultat", "después de la consigna menos antes|después menos antes|resultado", "dopo l'indicazione meno prima|dopo meno prima|risultato", "na de aanwijzing min ervoor|na min voor";
    ChangeSeen: "change seen", "Änderung gesehen", "changement vu", "cambio visto", "cambio visto", "verandering gezien|verschil gezien";
    NoChangeSeen: "no change seen|none seen", "keine Änderung gesehen|nichts gesehen", "aucun changement vu|rien vu", "ningún cambio visto|nada visto", "nessun cambio visto|nulla visto", "geen verandering gezien|niets gezien";
    StartTrial: "Start", "Beginnen", "Démarrer", "Empezar", "Inizia", "Beginnen";
    CueGiven: "Cue given", "Hinweis gegeben|gegeben", "Consigne donnée|donnée", "Consigna dada|dada", "Indicazione data|data", "Aanwijzing gegeven|gegeven";

    Sensors: "Sensors", "Sensoren", "Capteurs", "Sensores", "Sensori", "Sensoren";
    HoldClose: "Hold a sensor close|Hold it close", "Sensor nahe halten|nahe halten", "Approche un capteur|Approche-le", "Acerca un sensor|Acércalo", "Avvicina un sensore|Avvicinalo", "Houd een sensor dichtbij|Houd dichtbij";
    SelectSearches: "Select searches|Select", "Auswahl sucht|Auswahl", "Sélection : chercher|Sélection", "Selección: buscar|Selección", "Selezione: cerca|Selezione", "Selectie zoekt|Selectie";
    MuscleSensor: "muscle O₂", "Muskel-O₂", "O₂ muscle", "O₂ músculo", "O₂ muscolo", "spier-O₂";
    InUse: "in use", "genutzt", "utilisé", "en uso", "in uso", "in gebruik";
    /// {0} is how full a sensor's battery is.
    BatteryIs: "battery {0}|batt. {0}", "Akku {0}", "batterie {0}|batt. {0}", "batería {0}|bat. {0}", "batteria {0}|batt. {0}", "batterij {0}|accu {0}";
    InUseBattery: "in use, battery {0}|in use, batt. {0}|batt. {0}", "genutzt, Akku {0}|Akku {0}", "utilisé, batterie {0}|utilisé, batt. {0}|batt. {0}", "en uso, batería {0}|en uso, bat. {0}|bat. {0}", "in uso, batteria {0}|in uso, batt. {0}|batt. {0}", "in gebruik, accu {0}|accu {0}";
    PercentCharge: "{0} %", "{0} %", "{0} %", "{0} %", "{0} %", "{0} %";
    NewCharge: "new", "neu", "neuve", "nueva", "nuova", "nieuw";
    GoodCharge: "good", "gut", "bonne", "buena", "buona", "goed";
    OkCharge: "ok", "ok", "ok", "ok", "ok", "ok";
    LowCharge: "low", "schwach", "faible", "baja", "bassa", "laag";
    CriticalCharge: "critical|empty", "leer", "vide", "vacía", "scarica", "leeg";
    Charging: "charging|charges", "lädt", "en charge", "cargando|carga", "in carica|carica", "laadt";
    NoRoom: "no room", "kein Platz", "complet", "lleno", "pieno", "vol";
    WhereIs: "Where is {0}?|{0}", "Wo sitzt {0}?|{0}", "Où est {0} ?|{0}", "¿Dónde va {0}?|{0}", "Dov'è {0}?|{0}", "Waar zit {0}?|{0}";
    Free: "free", "frei", "libre", "libre", "libero", "vrij";
    WornHere: "worn here|here", "sitzt hier|hier", "porté ici|ici", "puesto aquí|aquí", "indossato qui|qui", "zit hier|hier";
    WornBy: "worn by {0}|{0}", "hier sitzt {0}|{0}", "porté par {0}|{0}", "lo lleva {0}|{0}", "ha {0}|{0}", "hier zit {0}|{0}";
    AllWorn: "no room: eight are worn|eight are worn|no room", "kein Platz: acht sind an|acht sind an|voll", "complet : huit portés|huit portés|complet", "lleno: ocho puestos|ocho puestos|lleno", "pieno: otto indossati|otto messi|pieno", "vol: acht gedragen|acht gedragen|vol";
    TakeOff: "take it off|take off|off", "abnehmen|ab", "retirer|ôter", "quitar", "togliere|via", "afdoen|af";
    Replaces: "press again: {0} goes|again: {0} goes|{0} goes?", "nochmal: {0} weicht|{0} weicht?", "encore : {0} part|{0} part ?", "otra vez: {0} se va|¿quitar {0}?", "ancora: {0} va via|via {0}?", "nogmaals: {0} gaat|{0} weg?";
}
