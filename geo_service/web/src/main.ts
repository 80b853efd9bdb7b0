/** Starts the page: address, search, panel, chooser; then, once text is on screen, the map. */

import "./styles/main.css";
import { render } from "lit-html";
import { nameIndicator } from "./app/indicator-name.ts";
import { MapView } from "./app/map-view.ts";
import { Navigation, type Origin } from "./app/navigation.ts";
import { type Main, Panel, type PanelModel } from "./app/panel.ts";
import { COUNTRY, EVERYTHING, parseRoute, type Route } from "./app/route.ts";
import { boxOf, MAINLAND } from "./map/frames.ts";
import { chooserView } from "./views/chooser.ts";
import { panelView } from "./views/panel.ts";
import { Search } from "./views/search.ts";
import { knownRate } from "./words/diagnosis.ts";
import { fr, percent } from "./words/format.ts";
import { kindOf } from "./words/grammar.ts";

const SITE = "Atlas de l’internet citoyen";

function element<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no element #${id} in index.html`);
  return found as T;
}

const diagnosis = element("diagnostic");
const dialog = element<HTMLDialogElement>("choisir");
const chooser = element("choisir-liste");
const shown = element("indicateur");
const live = element("annonce");
const glance = element("apercu");
const narrow = matchMedia("(max-width: 899px)");

const navigation = new Navigation(
  parseRoute(new URL(location.href)) ?? { ...COUNTRY, indicator: EVERYTHING },
);
const panel = new Panel(navigation.route, draw);
const map = new MapView(
  {
    frame: element("carte"),
    canvas: element("carte-toile"),
    legend: element("legende"),
    frames: element("cadres"),
    trouble: element("carte-souci"),
    level: element<HTMLSelectElement>("niveau"),
    labels: element<HTMLSelectElement>("labels"),
    levelNote: element("niveau-note"),
  },
  navigation.route,
  (territory) => {
    const { niveau, code } = territory;
    navigation.go({ niveau, code, indicator: navigation.route.indicator }, "map");
  },
);

function reopen(): void {
  map.retry();
  void open(navigation.route, "history");
}

function draw(model: PanelModel): void {
  diagnosis.setAttribute("aria-busy", String(model.main.state === "loading"));
  render(
    panelView(model, {
      onRetry: reopen,
      onMoreGaps: () => void panel.moreGaps(),
      onMorePlaces: () => panel.morePlaces(),
    }),
    diagnosis,
  );
  render(chooserView(model.route, model.referentiel, reopen), chooser);
  if (model.referentiel.state === "ready") {
    const named = nameIndicator(model.route.indicator, model.referentiel.value);
    shown.textContent = named?.name ?? model.route.indicator.kind;
    element("avis-depart").hidden = !model.referentiel.value.demarrage;
  }
}

async function open(route: Route, origin: Origin): Promise<Main | null> {
  dialog.close();
  map.follow(route);
  const before = panel.model.main;
  const main = await panel.open(route);
  if (main === null || navigation.route !== route) return main;
  const { territory, coverage } = main;
  document.title = `${territory.nom} – ${SITE}`;
  map.choose(territory);
  const moved =
    before.state !== "ready" ||
    before.value.territory.code !== territory.code ||
    before.value.territory.niveau !== territory.niveau;
  if (moved && !(origin === "map" && territory.niveau === "commune")) {
    map.fit(boxOf(territory));
  }
  const taux = knownRate(coverage);
  const rate = taux === null ? "taux non documenté" : `taux de couverture ${percent(taux)}`;
  glance.textContent = fr`${territory.nom} : ${rate}. Lire le diagnostic`;
  if (moved && origin !== "load") {
    live.textContent = fr`${territory.nom}, ${kindOf(territory.niveau, territory.nature)}, ${rate}.`;
    bringToView(origin);
  }
  return main;
}

/** Show the top of the diagnosis; on a phone, the map with the diagnosis under it. */
function bringToView(origin: Origin): void {
  if (origin === "map") {
    if (!narrow.matches) diagnosis.scrollTo({ top: 0 });
    return;
  }
  diagnosis.scrollTo({ top: 0 });
  if (narrow.matches) element("carte").scrollIntoView({ block: "start" });
  else scrollTo({ top: 0 });
  diagnosis.querySelector("h1")?.focus({ preventScroll: true });
}

navigation.onMove((route, origin) => void open(route, origin));
new Search(element("chercher"), ({ niveau, code }) => {
  navigation.go({ niveau, code, indicator: navigation.route.indicator }, "search");
});
element("choisir-ouvrir").addEventListener("click", () => dialog.showModal());
element("choisir-fermer").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});

const first = await open(navigation.route, "load");
const territory = first?.territory;
await map.start(territory === undefined ? MAINLAND : boxOf(territory));
if (territory !== undefined) map.choose(territory);
