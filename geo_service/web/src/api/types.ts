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

/** A rate over a group of services (all of them, a thème or an enjeu). */
export interface Taux {
  taux: number | null;
  documentes: number;
  presents: number;
}

export interface TauxGroupe extends Taux {
  code: string;
  libelle: string;
  services: number;
}

export interface TauxEnjeu extends TauxGroupe {
  theme: string;
}

export interface ServiceCouvert {
  code: string;
  libelle: string;
  enjeu: string;
  theme: string;
  documente: boolean;
  statut: Statut;
  actions: number;
  lieux: number;
  communes_presentes: number;
  communes_partagees: number;
  communes_absentes: number;
  communes_non_renseignees: number;
  population_couverte: number | null;
  part_population: number | null;
}

export interface Couverture extends Taux, Provenance {
  territoire: Reference & { population: number | null; communes: number };
  services_total: number;
  par_theme: TauxGroupe[];
  par_enjeu: TauxEnjeu[];
  services: ServiceCouvert[];
}

export interface Lieu {
  id: string;
  nom: string;
  commune: string;
  commune_nom: string;
  adresse: string | null;
  horaires: string | null;
  site_web: string | null;
  services: string[];
  source: string;
  /** point, adresse, or approximate: rue, lieu_dit, chef_lieu, centre_commune. */
  localisation: string;
  precision_m: number | null;
  provenances: { source: string; identifiant: string; nom: string }[];
}

export interface Action {
  id: string;
  titre: string;
  description: string | null;
  url: string | null;
  porteur: Reference;
  services: string[];
  type: string;
  source: string;
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
