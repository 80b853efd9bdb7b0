/** The four statuts in words; "absent" and "non renseigné" are never mixed up. */

import type { Statut } from "../api/types.ts";

export const STATUT_LABELS: Record<Statut, string> = {
  present: "Présent",
  partage: "Partagé",
  absent: "Absent",
  non_renseigne: "Non renseigné",
};

export const STATUT_MEANINGS: Record<Statut, string> = {
  present: "une action ou un lieu y est",
  partage: "porté pour elle par un échelon supérieur",
  absent: "constaté par une source complète\u00a0: un manque",
  non_renseigne: "personne ne l’a dit : une question",
};
