// Builds each page's script apart, as one plain file: base (every page), charts, map.
// The result is not kept in the repository; it is what the site serves as static/vendor/.
import { readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const vendor = here("../linli/foundation/static/vendor");

// WeChat's browser on a phone some years old; the map needs BigInt and is for the desk.
const phones = ["chrome79", "safari13"];
const desks = ["chrome87", "safari14"];
const pages = { base: phones, charts: phones, map: desks };

await rm(vendor, { recursive: true, force: true });
for (const [name, browsers] of Object.entries(pages)) {
  await build({
    root: here("."),
    configFile: false,
    logLevel: "warn",
    define: { "import.meta.url": "document.baseURI" }, // a plain script has no import.meta
    build: {
      outDir: vendor,
      emptyOutDir: false,
      target: browsers,
      cssTarget: browsers,
      cssCodeSplit: false, // a file of its own; written into the script, our policy would refuse it
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 1500,
      rolldownOptions: {
        input: here(`src/${name}.js`),
        checks: { eval: false }, // htmx's only eval is behind allowEval, which every page turns off
        output: { format: "iife", entryFileNames: `${name}.js`, assetFileNames: `${name}[extname]` },
      },
    },
  });
  console.log(`built ${name}`);
}
const worker = await readFile(here("node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs"), "utf8");
await writeFile(`${vendor}/map-worker.js`, worker.replace(/^\/\/# sourceMappingURL=.*$/m, ""));
