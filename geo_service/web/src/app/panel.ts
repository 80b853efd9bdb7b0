/** Gathers what the panel shows of a territory, part by part, and redraws it as answers come. */

import { api, indicatorQuery } from "../api/client.ts";
import type {
  Actions,
  Couverture,
  Lacunes,
  Indicateurs,
  Lieux,
  Recherche,
  Referentiel,
  ServiceCouvert,
  Sources,
  TerritoireDetail,
} from "../api/types.ts";
import { failed, LOADING, type Remote, ready } from "./remote.ts";
import { type Indicator, indicatorKey, type Route } from "./route.ts";

export interface Main {
  territory: TerritoireDetail;
  coverage: Couverture;
}

/** The nearest place that gives a service missing in the commune. */
export interface Nearest {
  service: ServiceCouvert;
  nom: string;
  distance_km: number;
}

export interface Regions {
  regions: Recherche["territoires"];
  values: Indicateurs;
}

export interface PanelModel {
  route: Route;
  main: Remote<Main>;
  gaps: Remote<Lacunes> | null;
  moreGaps: boolean;
  nearest: Nearest[];
  /** The régions and their values, for the country only. */
  regions: Remote<Regions> | null;
  lieux: Remote<Lieux>;
  actions: Remote<Actions>;
  sources: Remote<Sources>;
  referentiel: Remote<Referentiel>;
}

const GAPS_PAGE = 15;
const LIST_START = 4;
const LIST_MORE = 50;

export class Panel {
  readonly #render: (model: PanelModel) => void;
  #model: PanelModel;

  constructor(route: Route, render: (model: PanelModel) => void) {
    this.#render = render;
    this.#model = empty(route);
  }

  get model(): PanelModel {
    return this.#model;
  }

  /** Load what an address asks for; what is still true of the last one stays on screen. */
  async open(route: Route): Promise<Main | null> {
    const last = this.#model;
    const same = last.route.niveau === route.niveau && last.route.code === route.code;
    this.#model = {
      ...empty(route),
      ...(same ? { main: last.main, nearest: last.nearest } : {}),
      sources: last.sources.state === "ready" ? last.sources : LOADING,
      referentiel: last.referentiel.state === "ready" ? last.referentiel : LOADING,
    };
    const model = this.#model;
    this.#draw(model);
    this.#common(model);
    try {
      const { niveau, code } = route;
      const [territory, coverage] = await Promise.all([
        api.territoire(niveau, code),
        api.couverture(niveau, code),
      ]);
      const main = { territory, coverage };
      model.main = ready(main);
      this.#draw(model);
      this.#details(model, main);
      return main;
    } catch (error) {
      model.main = failed(error);
      this.#draw(model);
      return null;
    }
  }

  /** The next communes of the list of gaps, after those already shown. */
  async moreGaps(): Promise<void> {
    const model = this.#model;
    if (model.gaps?.state !== "ready" || model.gaps.value.suivant === null) return;
    const before = model.gaps.value;
    const { niveau, code, indicator } = model.route;
    model.moreGaps = true;
    this.#draw(model);
    try {
      const page = await api.lacunes(niveau, code, {
        ...indicatorQuery(indicator),
        limit: 50,
        cursor: before.suivant ?? undefined,
      });
      model.gaps = ready({ ...page, communes: [...before.communes, ...page.communes] });
    } catch (error) {
      model.gaps = failed(error);
    }
    model.moreGaps = false;
    this.#draw(model);
  }

  /** More lieux and actions than the first few. */
  morePlaces(): void {
    this.#places(this.#model, LIST_MORE);
  }

  #draw(model: PanelModel): void {
    if (model === this.#model) this.#render(model);
  }

  #common(model: PanelModel): void {
    void this.#fill(model, "sources", api.sources());
    void this.#fill(model, "referentiel", api.referentiel());
  }

  #details(model: PanelModel, main: Main): void {
    const { niveau, code, indicator } = model.route;
    if (niveau !== "commune" && (indicator.kind === "service" || indicator.kind === "enjeu")) {
      model.gaps = LOADING;
      const query = { ...indicatorQuery(indicator), limit: GAPS_PAGE };
      void this.#fill(model, "gaps", api.lacunes(niveau, code, query));
    }
    if (niveau === "pays") {
      model.regions = LOADING;
      void this.#fill(model, "regions", regionsOf(indicator));
    }
    if (niveau === "commune") void this.#nearest(model, main);
    this.#places(model, LIST_START);
  }

  #places(model: PanelModel, limit: number): void {
    const { niveau, code, indicator } = model.route;
    const query = indicator.kind === "service" ? { service: indicator.code, limit } : { limit };
    void this.#fill(model, "lieux", api.lieux(niveau, code, query));
    void this.#fill(model, "actions", api.actions(niveau, code, query));
  }

  /** Where people of the commune go instead, for each service that is missing there. */
  async #nearest(model: PanelModel, { coverage }: Main): Promise<void> {
    const { niveau, code } = model.route;
    const missing = coverage.services.filter((s) => s.documente && s.statut === "absent");
    const found = await Promise.all(
      missing.map(async (service): Promise<Nearest[]> => {
        const { communes } = await api.lacunes(niveau, code, { service: service.code, limit: 1 });
        const near = communes[0];
        if (near?.lieu_proche == null || near.distance_km === null) return [];
        return [{ service, nom: near.lieu_proche.nom, distance_km: near.distance_km }];
      }),
    ).catch((): Nearest[][] => []);
    model.nearest = found.flat();
    this.#draw(model);
  }

  async #fill<K extends "gaps" | "regions" | "lieux" | "actions" | "sources" | "referentiel">(
    model: PanelModel,
    part: K,
    asked: Promise<Extract<NonNullable<PanelModel[K]>, { state: "ready" }>["value"]>,
  ): Promise<void> {
    try {
      model[part] = ready(await asked) as PanelModel[K];
    } catch (error) {
      model[part] = failed(error) as PanelModel[K];
    }
    this.#draw(model);
  }
}

async function regionsOf(indicator: Indicator): Promise<Regions> {
  const [{ territoires: regions }, values] = await Promise.all([
    api.regions(),
    api.indicateurs("region", indicator),
  ]);
  return { regions, values };
}

function empty(route: Route): PanelModel {
  return {
    route,
    main: LOADING,
    gaps: null,
    moreGaps: false,
    nearest: [],
    regions: null,
    lieux: LOADING,
    actions: LOADING,
    sources: LOADING,
    referentiel: LOADING,
  };
}

/** Same territory and indicator: nothing to load again. */
export function sameRoute(a: Route, b: Route): boolean {
  return (
    a.niveau === b.niveau &&
    a.code === b.code &&
    indicatorKey(a.indicator) === indicatorKey(b.indicator)
  );
}
