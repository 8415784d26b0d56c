// Draws [data-outlines]: outlines of grids and points of cases, both GeoJSON from the
// addresses in data-outlines and data-cases; data-style is an optional base map (a MapLibre
// style of our own site), data-box is "west,south,east,north".
// A feature's properties: name, url (where a press leads) and state (over, soon, fine, halt).
// The page holds the same content as a list; without WebGL the list is what there is.
import { Map as Drawing, NavigationControl, Popup, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";

// Beside this file, and served by us: no blob: worker, no eval.
setWorkerUrl(new URL("map-worker.js", document.currentScript.src).href);

const EMPTY = { version: 8, sources: {}, layers: [] };
const words = {
  "NavigationControl.ZoomIn": "放大",
  "NavigationControl.ZoomOut": "缩小",
  "NavigationControl.ResetBearing": "朝北",
  "Map.Title": "地图",
};

function token(name, otherwise) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || otherwise;
}

const colour = {
  over: token("--over", "#b3392b"),
  soon: token("--soon", "#b87a1c"),
  fine: token("--fine", "#17605a"),
  halt: token("--halt", "#7c837d"),
};

function byState(otherwise) {
  return ["match", ["get", "state"], ...Object.entries(colour).flat(), otherwise];
}

function show(map, canvas) {
  map.addSource("outlines", { type: "geojson", data: canvas.dataset.outlines });
  map.addLayer({
    id: "outlines-fill",
    type: "fill",
    source: "outlines",
    paint: { "fill-color": byState(colour.fine), "fill-opacity": 0.12 },
  });
  map.addLayer({
    id: "outlines-line",
    type: "line",
    source: "outlines",
    paint: { "line-color": colour.fine, "line-width": 1.5 },
  });
  if (!canvas.dataset.cases) return;
  map.addSource("cases", { type: "geojson", data: canvas.dataset.cases });
  map.addLayer({
    id: "cases",
    type: "circle",
    source: "cases",
    paint: {
      "circle-radius": 7,
      "circle-color": byState(colour.fine),
      "circle-stroke-color": "#ffffff",
      "circle-stroke-width": 2,
    },
  });
}

function answer(map, layer) {
  const popup = new Popup({ closeButton: false, closeOnClick: false });
  map.on("mousemove", layer, ({ features, lngLat }) => {
    map.getCanvas().classList.add("is-link");
    popup.setLngLat(lngLat).setText(features[0].properties.name || "").addTo(map);
  });
  map.on("mouseleave", layer, () => {
    map.getCanvas().classList.remove("is-link");
    popup.remove();
  });
  map.on("click", layer, ({ features, point }) => {
    // A point lies on an outline; the point is meant.
    const isCovered = layer !== "cases" && map.getLayer("cases") && map.queryRenderedFeatures(point, { layers: ["cases"] }).length;
    const { url } = features[0].properties;
    if (url && !isCovered) window.location.assign(url);
  });
}

function start(canvas) {
  const box = (canvas.dataset.box || "").split(",").map(Number);
  const map = new Drawing({
    container: canvas,
    style: canvas.dataset.style || EMPTY,
    bounds: box.length === 4 && box.every(Number.isFinite) ? box : undefined,
    fitBoundsOptions: { padding: 24 },
    dragRotate: false,
    attributionControl: false,
    locale: words,
  });
  map.addControl(new NavigationControl({ showCompass: false }));
  map.on("load", () => {
    show(map, canvas);
    for (const layer of ["outlines-fill", "cases"]) if (map.getLayer(layer)) answer(map, layer);
    canvas.dataset.drawn = "1";
  });
}

for (const canvas of document.querySelectorAll("[data-outlines]")) start(canvas);
