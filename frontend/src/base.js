// Every page: htmx and Alpine (the build that needs no eval). Small, and first.
import Alpine from "@alpinejs/csp";
import htmx from "htmx.org";
import "./base.css";

window.htmx = htmx;
window.Alpine = Alpine;

// ui.js comes after this file and may register components before Alpine looks at the page.
document.addEventListener("DOMContentLoaded", () => Alpine.start());
