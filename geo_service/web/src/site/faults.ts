/** What a visitor reads when something failed. */

import { ApiError } from "../api/client.ts";

/** The sentence of an error; ours carry one, anything else is a fault of this page. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof ApiError)) console.error(error);
  return error instanceof ApiError
    ? error.message
    : "Cette page a rencontré une erreur. Rechargez-la\u00a0; si cela continue, signalez-le.";
}
