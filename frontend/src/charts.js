// Draws each [data-chart] box from the <script type="application/json"> whose id it names:
// {labels: [text], series: [{name, values: [number or null]}]}. data-kind is line, bar or pie.
// Without this script the page still holds the same numbers as a table.
import { BarChart, LineChart, PieChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, registerTheme, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import themes from "../../linli/foundation/static/ui/echarts-theme.json";

use([BarChart, LineChart, PieChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);
registerTheme("light", themes.light);
registerTheme("dark", themes.dark);

// The tooltip is drawn, not HTML: HTML tooltips carry style attributes, which our policy refuses.
const shared = { animation: false, aria: { enabled: true }, legend: {} };

function axes(kind, { labels, series }) {
  return {
    ...shared,
    tooltip: { renderMode: "richText", trigger: "axis" },
    xAxis: { type: "category", data: labels },
    yAxis: { type: "value", minInterval: 1 },
    series: series.map(({ name, values }) => ({ type: kind, name, data: values })),
  };
}

function pie({ labels, series }) {
  const data = labels.map((name, index) => ({ name, value: series[0].values[index] }));
  return {
    ...shared,
    tooltip: { renderMode: "richText", trigger: "item" },
    series: [{ type: "pie", radius: ["45%", "75%"], data }],
  };
}

function draw(box) {
  if (box.dataset.drawn) return;
  const data = JSON.parse(document.getElementById(box.dataset.chart).textContent);
  const theme = box.closest("[data-theme='dark']") ? "dark" : "light";
  box.hidden = false;
  box.dataset.drawn = "1";
  const chart = init(box, theme);
  chart.setOption(box.dataset.kind === "pie" ? pie(data) : axes(box.dataset.kind || "line", data));
  new ResizeObserver(() => chart.resize()).observe(box);
}

function drawAll(root) {
  for (const box of root.querySelectorAll("[data-chart]")) draw(box);
}

drawAll(document);
document.addEventListener("htmx:load", (event) => drawAll(event.target));
