/** French words of the map's own buttons and messages. */
export const LOCALE: Record<string, string> = {
  "Map.Title": "Carte de France : choisissez un territoire",
  "NavigationControl.ZoomIn": "Zoomer",
  "NavigationControl.ZoomOut": "Dézoomer",
  "NavigationControl.ResetBearing": "Remettre le nord en haut",
};
