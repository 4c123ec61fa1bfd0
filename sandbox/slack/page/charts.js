// data_visualization as SVG: line, area, bar and pie. What the picture says is also its accessible name.

import { el, svg } from "./dom.js";

const WIDTH = 480;
const HEIGHT = 220;
const LEFT = 46;
const BOTTOM = 34;
const TOP = 10;
const COLOURS = ["series-0", "series-1", "series-2", "series-3", "series-4", "series-5"];
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

export function chart(block) {
  const drawing = block.chart.type === "pie" ? pie(block.chart) : axes(block.chart);
  const said = `${block.chart.type} chart. ${block.title}. ${inWords(block.chart)}`;
  return el("figure", { className: "chart", role: "img", aria: { label: said } },
    el("figcaption", {}, block.title), drawing, legend(block.chart));
}

function inWords(shown) {
  const points = (data) => data.map((p) => `${p.label} ${p.value.toLocaleString("en-US")}`).join(", ");
  if (shown.type === "pie") return points(shown.segments);
  return shown.series.map((s) => `${s.name}: ${points(s.data)}`).join(". ");
}

function legend(shown) {
  const total = shown.type === "pie" ? shown.segments.reduce((sum, s) => sum + s.value, 0) : 0;
  const names = shown.type === "pie"
    ? shown.segments.map((s) => `${s.label} ${s.value.toLocaleString("en-US")} (${Math.round((100 * s.value) / total)}%)`)
    : shown.series.map((s) => s.name);
  return el("ul", { className: "legend" }, names.map((name, n) => el("li", { className: COLOURS[n] }, name)));
}

/** A step of 1, 2 or 5 times a power of ten, about five of them over the range. */
function niceStep(range) {
  const rough = range / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].find((n) => n * power >= rough) * power;
}

function axes(shown) {
  const values = shown.series.flatMap((s) => s.data.map((p) => p.value));
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const step = niceStep(high - low);
  const bottom = Math.floor(low / step) * step;
  const top = Math.max(bottom + step, Math.ceil(high / step) * step);
  const scale = {
    y: (value) => TOP + ((top - value) / (top - bottom)) * (HEIGHT - TOP - BOTTOM),
    band: (WIDTH - LEFT - 8) / shown.axis_config.categories.length,
    x: (index) => LEFT + (index + 0.5) * scale.band,
  };
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
  for (let value = bottom; value <= top + step / 2; value += step) {
    const y = scale.y(value);
    picture.append(
      svg("line", { class: value === 0 ? "zero" : "grid", x1: LEFT, x2: WIDTH - 8, y1: y, y2: y }),
      svg("text", { class: "tick", x: LEFT - 6, y: y + 4, "text-anchor": "end" }, compact.format(value)));
  }
  shown.axis_config.categories.forEach((label, n) => picture.append(
    svg("text", { class: "tick", x: scale.x(n), y: HEIGHT - BOTTOM + 15, "text-anchor": "middle" }, label)));
  picture.append(...names(shown.axis_config));
  const draw = shown.type === "bar" ? bars : curve;
  shown.series.forEach((series, n) => picture.append(...draw(shown, inOrder(shown, series), scale, n)));
  return picture;
}

function names(axis) {
  const nodes = [];
  if (axis.x_label) nodes.push(svg("text", { class: "axis", x: WIDTH / 2, y: HEIGHT - 3, "text-anchor": "middle" }, axis.x_label));
  if (axis.y_label) {
    const y = (HEIGHT - BOTTOM) / 2;
    nodes.push(svg("text", { class: "axis", x: 10, y, "text-anchor": "middle", transform: `rotate(-90 10 ${y})` }, axis.y_label));
  }
  return nodes;
}

const inOrder = (shown, series) =>
  shown.axis_config.categories.map((label) => series.data.find((p) => p.label === label)?.value ?? 0);

function title(shown, series, index, value) {
  return svg("title", {}, `${shown.series[series].name}, ${shown.axis_config.categories[index]}: ${value.toLocaleString("en-US")}`);
}

function bars(shown, values, scale, n) {
  const width = Math.min(26, (scale.band * 0.75) / shown.series.length);
  return values.map((value, index) => {
    const x = scale.x(index) + (n - shown.series.length / 2) * width;
    const [y, base] = [scale.y(Math.max(0, value)), scale.y(Math.min(0, value))];
    return svg("rect", { class: `bar ${COLOURS[n]}`, x: x + 1, y, width: width - 2, height: Math.max(1, base - y), rx: 2 },
      title(shown, n, index, value));
  });
}

function curve(shown, values, scale, n) {
  const points = values.map((value, index) => `${scale.x(index)},${scale.y(value)}`).join(" ");
  const nodes = [];
  if (shown.type === "area") {
    const ends = [`${scale.x(values.length - 1)},${scale.y(0)}`, `${scale.x(0)},${scale.y(0)}`];
    nodes.push(svg("polygon", { class: `area ${COLOURS[n]}`, points: `${points} ${ends.join(" ")}` }));
  }
  nodes.push(svg("polyline", { class: `line ${COLOURS[n]}`, points }));
  values.forEach((value, index) => nodes.push(
    svg("circle", { class: `dot ${COLOURS[n]}`, cx: scale.x(index), cy: scale.y(value), r: 3 }, title(shown, n, index, value))));
  return nodes;
}

function pie(shown) {
  const total = shown.segments.reduce((sum, s) => sum + s.value, 0);
  const picture = svg("svg", { viewBox: "0 0 220 220", class: "round", "aria-hidden": "true" });
  let turned = -Math.PI / 2;
  shown.segments.forEach((segment, n) => {
    const angle = (segment.value / total) * Math.PI * 2;
    const at = (a) => `${110 + 100 * Math.cos(a)} ${110 + 100 * Math.sin(a)}`;
    const whole = shown.segments.length === 1;
    picture.append(whole
      ? svg("circle", { class: `slice ${COLOURS[n]}`, cx: 110, cy: 110, r: 100 })
      : svg("path", { class: `slice ${COLOURS[n]}`,
          d: `M110 110 L${at(turned)} A100 100 0 ${angle > Math.PI ? 1 : 0} 1 ${at(turned + angle)} Z` },
        svg("title", {}, `${segment.label}: ${segment.value.toLocaleString("en-US")}`)));
    turned += angle;
  });
  return picture;
}
