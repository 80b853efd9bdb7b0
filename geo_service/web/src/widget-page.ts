/** The page of a widget: tells its height to the page around it, and opens the map on request. */

import "./styles/widget-page.css";
import type { MapSource } from "./map/source.ts";
import { comfortMap } from "./widget/explore.ts";
import { tellHeight } from "./widget/messages.ts";

const main = document.querySelector<HTMLElement>("main");
if (main !== null) tellHeight(main);

const button = document.querySelector<HTMLButtonElement>("[data-explorer]");
const figure = document.querySelector<HTMLElement>("[data-carte]");
const status = document.querySelector<HTMLElement>("#etat");
// A frame that a site has cut off from our origin (WordPress does) cannot start the map's worker.
if (button !== null && figure !== null && status !== null && self.origin !== "null") {
  const source = async (): Promise<MapSource> => {
    const { serverSource } = await import("./map/open.ts");
    return serverSource(location.origin);
  };
  comfortMap(button, figure, status, source, { linkTarget: "_blank" });
}
