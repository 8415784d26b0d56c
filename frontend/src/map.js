// Draws [data-outlines]: outlines of places and points of cases, both GeoJSON from the
// addresses in data-outlines and data-cases; data-style is an optional base map (a MapLibre
// style of our own site), data-box is "west,south,east,north".
// An outline's properties: name, hint, url (where a press leads), point (where its name is
// written), current; a point's: name, url, count and state (over, soon, fine, halt).
// The page holds a drawing and the same content as a list. The drawing stays until the
// outlines have come and the map stands: without WebGL, or without an answer, it is what there is.
import { Map as Drawing, Marker, NavigationControl, Popup, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";

// Beside this file, and served by us: no blob: worker, no eval.
setWorkerUrl(new URL("map-worker.js", document.currentScript.src).href);

const EMPTY = { version: 8, sources: {}, layers: [] };
const NOTHING = { type: "FeatureCollection", features: [] };
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

async function fetched(address) {
  const response = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.json();
}

// What the map knows of where to press: names drawn on top of the ground, in HTML, because
// letters of a map would need a font of their own.
function label(map, { properties }) {
  if (!properties.point) return;
  const link = document.createElement("a");
  const name = document.createElement("b");
  const hint = document.createElement("span");
  link.className = "map-label";
  link.href = properties.url || "#list";
  link.tabIndex = -1;
  name.textContent = properties.name;
  hint.textContent = properties.hint || "";
  link.append(name, hint);
  new Marker({ element: link, anchor: "bottom", offset: [0, -14] }).setLngLat(properties.point).addTo(map);
}

function spot(map, { properties, geometry }) {
  const link = document.createElement("a");
  link.className = `map-spot map-spot-${properties.state}`;
  link.href = properties.url;
  link.tabIndex = -1;
  link.setAttribute("aria-label", properties.name);
  link.textContent = properties.count;
  const popup = new Popup({ closeButton: false, closeOnClick: false, offset: 16 }).setText(properties.name);
  const marker = new Marker({ element: link }).setLngLat(geometry.coordinates).addTo(map);
  link.addEventListener("mouseenter", () => popup.setLngLat(marker.getLngLat()).addTo(map));
  link.addEventListener("mouseleave", () => popup.remove());
}

function outline(map, outlines, isBare) {
  map.addSource("outlines", { type: "geojson", data: outlines });
  const chosen = ["boolean", ["get", "current"], false];
  map.addLayer({
    id: "outlines-fill",
    type: "fill",
    source: "outlines",
    // On a base map the ground shows through; without one the outlines are the ground.
    paint: isBare
      ? { "fill-color": ["case", chosen, token("--dai-soft", "#dcebe4"), "#e7efe9"] }
      : { "fill-color": colour.fine, "fill-opacity": ["case", chosen, 0.26, 0.1] },
  });
  map.addLayer({
    id: "outlines-line",
    type: "line",
    source: "outlines",
    paint: { "line-color": colour.fine, "line-width": ["case", chosen, 3.5, 1.5] },
  });
}

function answer(map) {
  map.on("mousemove", "outlines-fill", () => map.getCanvas().classList.add("is-link"));
  map.on("mouseleave", "outlines-fill", () => map.getCanvas().classList.remove("is-link"));
  map.on("click", "outlines-fill", ({ features }) => {
    const { url } = features[0].properties;
    if (url) window.location.assign(url);
  });
}

function build(canvas, box) {
  const ground = document.createElement("div");
  ground.className = "map-ground";
  canvas.append(ground);
  try {
    const map = new Drawing({
      container: ground,
      style: canvas.dataset.style || EMPTY,
      bounds: box,
      fitBoundsOptions: { padding: 32 },
      dragRotate: false,
      attributionControl: false,
      cooperativeGestures: false,
      locale: words,
    });
    map.addControl(new NavigationControl({ showCompass: false }), "bottom-right");
    return map;
  } catch (refused) {
    ground.remove();
    throw refused;
  }
}

async function start(canvas) {
  const box = (canvas.dataset.box || "").split(",").map(Number);
  if (!canvas.dataset.outlines || box.length !== 4 || !box.every(Number.isFinite)) return;
  const [outlines, cases] = await Promise.all([
    fetched(canvas.dataset.outlines),
    canvas.dataset.cases ? fetched(canvas.dataset.cases) : NOTHING,
  ]);
  const map = build(canvas, box);
  map.on("load", () => {
    outline(map, outlines, !canvas.dataset.style);
    answer(map);
    for (const feature of outlines.features) label(map, feature);
    for (const feature of cases.features) spot(map, feature);
    canvas.dataset.drawn = "1";
  });
}

for (const canvas of document.querySelectorAll("[data-outlines]")) {
  // Refused or without WebGL: the drawing under it goes on showing the same.
  start(canvas).catch((refused) => console.warn(refused));
}
