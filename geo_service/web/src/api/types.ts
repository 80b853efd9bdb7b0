/** Shapes of the JSON answers of the atlas API, as this page reads them. */

export const NIVEAUX = [
  "arrondissement",
  "commune",
  "ept",
  "epci",
  "departement",
  "region",
  "pays",
  "groupe",
] as const;
export type Niveau = (typeof NIVEAUX)[number];

export const STATUTS = ["present", "partage", "absent", "non_renseigne"] as const;
export type Statut = (typeof STATUTS)[number];

export interface SourceCitee {
  id: string;
  nom: string;
  producteur: string;
  licence: string;
  date: string;
  avertissement: string | null;
}

/** What every answer ends with. */
export interface Provenance {
  publication: string;
  millesime: number;
  sources: SourceCitee[];
}

export interface Reference {
  niveau: Niveau;
  code: string;
  nom: string;
}

export type Bbox = [west: number, south: number, east: number, north: number];
export type Point = [longitude: number, latitude: number];

export interface Territoire extends Reference {
  nature: string | null;
  population: number | null;
  population_annee: number | null;
  parents: Reference[];
  /** Missing for a collectivité that has no polygon yet. */
  centre: Point | null;
  bbox: Bbox | null;
}

/** The label of a territory, one year. */
export interface Label {
  annee: number;
  arobases: number;
  arobase_verte: boolean;
  mentions: string[];
}

export interface Labels extends Provenance {
  annees: { annee: number; territoires: number }[];
}

export interface TerritoireDetail extends Territoire, Provenance {
  superficie_km2: number | null;
  communes: number;
  /** The latest year first. */
  labels: Label[];
  /** The groupes of communes it is wholly in. */
  programmes: { code: string; nom: string }[];
}

export interface Recherche extends Provenance {
  territoires: Territoire[];
}

export type NomIndicateur = "taux" | "statut" | "part_population" | "population" | "distance";

export interface Indicateurs extends Provenance {
  niveau: Niveau;
  indicateur: NomIndicateur;
  libelle: string;
  unite: string;
  codes: string[];
  valeurs: (number | string | null)[];
}

export interface ServiceDecrit {
  code: string;
  libelle: string;
  description: string;
  documente: boolean;
}

export interface Enjeu {
  code: string;
  libelle: string;
  services: ServiceDecrit[];
}

export interface Theme {
  code: string;
  libelle: string;
  enjeux: Enjeu[];
}

export interface Referentiel extends Provenance {
  version: string;
  libelle: string;
  demarrage: boolean;
  note: string;
  themes: Theme[];
}

export interface Source {
  id: string;
  nom: string;
  producteur: string;
  licence: string;
  url: string | null;
  date_donnees: string;
  role: string;
  statut: string;
  lignes_lues: number | null;
  lignes_chargees: number | null;
  lignes_rejetees: number | null;
  lignes_reparees: number | null;
  note: string | null;
  /** A sentence about data that were old when the atlas was made. */
  avertissement: string | null;
}
