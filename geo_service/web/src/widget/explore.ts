/** The button that opens the interactive map, whose code is fetched when it is pressed. */

import type { MapOptions, MapSource } from "../map/open.ts";

/** Scheme of the map: that of the widget. */
const SCHEMES = { clair: "light", sombre: "dark", auto: "auto" } as const;

function schemeNow(): "light" | "dark" | "auto" {
  const ground = document.documentElement.dataset["fond"];
  return ground === "clair" || ground === "sombre" ? SCHEMES[ground] : SCHEMES.auto;
}

/**
 * Make a button open the map of a figure.
 *
 * @param button Hidden until now; says in `data-attente` and `data-echec` what it does.
 * @param status Live region that is told so.
 * @param source Gives where the map reads from.
 */
export function comfortMap(
  button: HTMLButtonElement,
  figure: HTMLElement,
  status: HTMLElement,
  source: () => Promise<MapSource>,
  more: Partial<MapOptions>,
): void {
  const say = (text: string, shown: boolean): void => {
    status.textContent = text;
    status.classList.toggle("cache", !shown);
  };
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    say(button.dataset["attente"] ?? "", false);
    try {
      const [{ openMap }, from] = await Promise.all([import("../map/open.ts"), source()]);
      const handle = await openMap(figure, {
        source: from,
        lang: document.documentElement.lang === "en" ? "en" : "fr",
        theme: { scheme: schemeNow() },
        onClose: () => {
          button.hidden = false;
          button.focus();
        },
        ...more,
      });
      button.hidden = true;
      say("", false);
      handle.focus();
    } catch (error) {
      // The map says itself why it cannot be shown; anything else did not load.
      const own = error instanceof Error && error.name === "MapUnavailableError";
      say(own ? error.message : (button.dataset["echec"] ?? ""), true);
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
}
