/** Reads the atlas API. One memory per answer, shared by every part of the page. */

import type { Indicator } from "./indicator.ts";
import { fr } from "../words/format.ts";
import type {
  Indicateurs,
  Labels,
  Niveau,
  Recherche,
  Referentiel,
  TerritoireDetail,
} from "./types.ts";

/** A refusal or a silence of the server, with a French sentence fit for the screen. */
export class ApiError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

const UNREACHABLE = fr`Le serveur de l’atlas ne répond pas. Vérifiez votre connexion, puis réessayez.`;
const UNREADABLE = fr`Le serveur de l’atlas a répondu de façon illisible. Réessayez dans un instant.`;

type Query = Record<string, string | number | undefined>;

function address(path: string, query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) params.set(name, String(value));
  }
  const text = params.toString();
  return text === "" ? path : `${path}?${text}`;
}

async function refusal(response: Response): Promise<ApiError> {
  const problem: unknown = await response.json().catch(() => null);
  if (typeof problem === "object" && problem !== null && "detail" in problem) {
    const { detail } = problem;
    if (typeof detail === "string") return new ApiError(detail, response.status);
  }
  return new ApiError(response.status >= 500 ? UNREACHABLE : UNREADABLE, response.status);
}

async function read<T>(url: string, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { Accept: "application/json" },
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(UNREACHABLE, 0);
  }
  if (!response.ok) throw await refusal(response);
  try {
    const answer = (await response.json()) as T;
    follow(answer);
    return answer;
  } catch {
    throw new ApiError(UNREADABLE, response.status);
  }
}

const memory = new Map<string, Promise<unknown>>();
let publication: string | null = null;

/** Answers of two publications are never mixed: a new one makes the older ones forgotten. */
function follow(answer: unknown): void {
  if (typeof answer !== "object" || answer === null || !("publication" in answer)) return;
  if (publication !== null && publication !== answer.publication) memory.clear();
  publication = String(answer.publication);
}

/** Read an address once; a failure is forgotten so that a retry asks again. */
function remembered<T>(url: string): Promise<T> {
  const known = memory.get(url);
  if (known !== undefined) return known as Promise<T>;
  const asked = read<T>(url);
  memory.set(url, asked);
  asked.catch(() => memory.delete(url));
  return asked;
}

function territoryPath(niveau: Niveau, code: string): string {
  return `/api/territoires/${niveau}/${encodeURIComponent(code)}`;
}

/** Query parameters that name an indicator, none for the overall rate. */
export function indicatorQuery(indicator: Indicator): Query {
  return indicator.kind === "ensemble" ? {} : { [indicator.kind]: indicator.code };
}

/** The API of the server at an origin, `""` for the page's own. */
export function apiAt(origin: string) {
  const ask = <T>(path: string, query: Query = {}) => remembered<T>(origin + address(path, query));
  return {
    territoire: (niveau: Niveau, code: string) =>
      ask<TerritoireDetail>(territoryPath(niveau, code)),

    indicateurs: (niveau: Niveau, indicator: Indicator) =>
      ask<Indicateurs>(`/api/indicateurs/${niveau}`, indicatorQuery(indicator)),

    referentiel: () => ask<Referentiel>("/api/referentiel"),

    labels: () => ask<Labels>("/api/labels", { limit: 1 }),

    recherche: (q: string, signal: AbortSignal) =>
      read<Recherche>(origin + address("/api/territoires", { q, limit: 8 }), signal),
  };
}

export const api = apiAt("");

/** Address of the points of the territories that got the label a year. */
export function labelsAddress(annee: number): string {
  return address("/api/labels", { annee, format: "geojson" });
}

/** Address of the values of every territory of a level, as a file. */
export function exportOfLevel(
  niveau: Niveau,
  indicator: Indicator,
  format: "csv" | "xlsx",
): string {
  return address(`/api/indicateurs/${niveau}`, { ...indicatorQuery(indicator), format });
}
