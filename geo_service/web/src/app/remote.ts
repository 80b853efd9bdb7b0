import { ApiError } from "../api/client.ts";

/** Something asked from the server: on its way, come, or refused with a sentence to show. */
export type Remote<T> =
  | { state: "loading" }
  | { state: "ready"; value: T }
  | { state: "error"; message: string };

export const LOADING: { state: "loading" } = { state: "loading" };

export function ready<T>(value: T): Remote<T> {
  return { state: "ready", value };
}

/** The sentence of an error; ours carry one, anything else is a fault of this page. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof ApiError)) console.error(error);
  return error instanceof ApiError
    ? error.message
    : "Cette page a rencontré une erreur. Rechargez-la\u00a0; si cela continue, signalez-le.";
}

export function failed(error: unknown): { state: "error"; message: string } {
  return { state: "error", message: sentenceOf(error) };
}
