// SPDX-License-Identifier: MIT
// A tape as one HTML page that needs nothing else: the graph, a table of the ops, and, with a
// MemoryReport, the memory over time. The page's own program is the text below.
#pragma once

#include <string>

#include "tinygrad/debug/tape_json.hpp"

namespace tinygrad::inline TINYGRAD_ABI::debug {

namespace detail {
// Two texts around the data: some compilers limit the length of one.
inline constexpr const char* kTapePageHead = R"page(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>tape</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark;
  --back: #fbfbfa; --card: #fff; --text: #1d2126; --soft: #68707a; --line: #d9dce0;
  --edge: #9aa3ad; --accent: #1769c2; --leaf: #e8f2e4; --leaf-line: #6d9c5a; --heat: 214, 92, 32; }
@media (prefers-color-scheme: dark) { :root {
  --back: #15181c; --card: #1e2227; --text: #e4e7ea; --soft: #98a1ab; --line: #363c44;
  --edge: #6b7580; --accent: #6cb2ff; --leaf: #22301f; --leaf-line: #6d9c5a; --heat: 226, 110, 50; } }
* { box-sizing: border-box; }
body { margin: 0; height: 100vh; display: grid; grid-template: auto minmax(0, 1fr) / minmax(0, 1.1fr) minmax(0, 1fr);
  background: var(--back); color: var(--text); font: 13px/1.45 system-ui, sans-serif; }
header { grid-column: 1 / 3; display: flex; flex-wrap: wrap; gap: 4px 22px; align-items: baseline;
  padding: 9px 16px; border-bottom: 1px solid var(--line); background: var(--card); }
header b { font-size: 15px; } header span { color: var(--soft); } header span i { font-style: normal; color: var(--text); font-weight: 600; }
#graph { position: relative; overflow: hidden; border-right: 1px solid var(--line); }
#graph svg { width: 100%; height: 100%; display: block; cursor: grab; touch-action: none; }
#graph svg.drag { cursor: grabbing; }
#keys { position: absolute; left: 12px; bottom: 10px; display: flex; gap: 6px; align-items: center; color: var(--soft); }
button { font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--line); border-radius: 5px; padding: 2px 9px; cursor: pointer; }
#side { display: flex; flex-direction: column; min-height: 0; }
#detail { padding: 11px 16px; min-height: 168px; max-height: 38%; overflow: auto; border-bottom: 1px solid var(--line); background: var(--card); }
#detail h2 { margin: 0 0 5px; font-size: 15px; } #detail dl { margin: 0; display: grid; grid-template-columns: 84px 1fr; gap: 1px 10px; }
#detail dt { color: var(--soft); } #detail dd { margin: 0; overflow-wrap: anywhere; }
#memory { padding: 10px 16px 6px; border-bottom: 1px solid var(--line); }
#memory svg { width: 100%; height: 118px; display: block; } #memory .kinds { color: var(--soft); display: flex; flex-wrap: wrap; gap: 0 16px; }
#table { flex: 1; overflow: auto; min-height: 90px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { position: sticky; top: 0; background: var(--back); text-align: left; font-weight: 600; cursor: pointer; white-space: nowrap; border-bottom: 1px solid var(--line); }
table { font-size: 12px; } th, td { padding: 3px 7px; } th.n, td.n { text-align: right; } td { border-bottom: 1px solid var(--line); white-space: nowrap; }
th[data-sort="down"]::after { content: " ▾"; color: var(--accent); } th[data-sort="up"]::after { content: " ▴"; color: var(--accent); }
tbody tr { cursor: pointer; } tr.on, tbody tr:hover { background: color-mix(in srgb, var(--accent) 13%, transparent); }
.box rect { fill: var(--card); stroke: var(--edge); } .box.leaf rect { fill: var(--leaf); stroke: var(--leaf-line); }
.box rect.heat { stroke: none; fill: rgb(var(--heat)); } .box { cursor: pointer; }
.box text { fill: var(--text); font-size: 12px; } .box text.b { font-weight: 600; } .box text.s { fill: var(--soft); font-size: 10.5px; }
.box.on rect.frame { stroke: var(--accent); stroke-width: 2.5; } .edge { fill: none; stroke: var(--edge); stroke-width: 1.1; }
.edge.on { stroke: var(--accent); stroke-width: 2.4; }
@media (max-width: 760px) { body { display: block; height: auto; } #graph { height: 62vh; border-right: 0; } }
</style></head><body>
<header id="head"></header>
<section id="graph"><svg role="img" aria-label="graph of operations"><g id="world"></g></svg>
<div id="keys"><button id="fit">fit</button><button id="in">+</button><button id="out">−</button><span>wheel zooms, dragging moves; the bar in a box is its share of the time</span></div></section>
<section id="side"><div id="detail"></div><div id="memory" hidden></div><div id="table"></div></section>
<script type="application/json" id="data">)page";

inline constexpr const char* kTapePageTail = R"page(</script>
<script>
"use strict";
const data = JSON.parse(document.getElementById("data").textContent), ops = data.ops, leaves = data.leaves;
const get = id => document.getElementById(id);
function make(tag, attributes, parent, text) {
  const svg = ["svg", "g", "rect", "path", "text", "line", "circle", "title"].includes(tag);
  const e = svg ? document.createElementNS(document.querySelector("svg").namespaceURI, tag) : document.createElement(tag);
  for (const k in attributes) e.setAttribute(k, attributes[k]);
  if (text !== undefined) e.textContent = text;
  if (parent) parent.append(e);
  return e;
}
const shape = s => "(" + s.join(", ") + ")";
const size = b => b < 1024 ? b + " B" : b < 1048576 ? (b / 1024).toFixed(1) + " KB" : (b / 1048576).toFixed(1) + " MB";
const time = ns => ns === undefined ? "–" : ns < 1e6 ? (ns / 1e3).toFixed(1) + " µs" : (ns / 1e6).toFixed(2) + " ms";
const short = (s, n) => s.length > n ? s.slice(0, n - 1) + "…" : s;
const timed = ops.some(o => o.forward_ns !== undefined);
const spent = o => (o.forward_ns || 0) + (o.backward_ns || 0);
const kept = o => o.saved.reduce((sum, s) => sum + s.bytes, 0);

// Boxes: ops and the leaves they read. A layer is one more than that of the latest input; a leaf
// stands just above its first reader.
const boxes = ops.map((o, i) => ({ op: i, from: [], to: [], layer: 0 }));
const leafBoxes = leaves.map((l, i) => ({ leaf: i, from: [], to: [], layer: 0 }));
const edges = [];
ops.forEach((o, i) => o.inputs.forEach(input => {
  if (!input) return;
  const source = input.op !== undefined ? boxes[input.op] : leafBoxes[input.leaf];
  edges.push({ a: source, b: boxes[i] });
  source.to.push(boxes[i]); boxes[i].from.push(source);
}));
boxes.forEach(b => { b.layer = 1 + Math.max(0, ...b.from.map(f => f.leaf === undefined ? f.layer : 0)); });
leafBoxes.forEach(b => { b.layer = b.to.length ? Math.min(...b.to.map(t => t.layer)) - 1 : 0; });
const W = 148, H = 50, GAP_X = 22, GAP_Y = 42;
const all = [...leafBoxes, ...boxes], layers = [];
const put = b => { while (layers.length <= b.layer) layers.push([]); layers[b.layer].push(b); };
all.forEach(b => { b.w = W; b.up = []; b.down = []; put(b); });
// An edge over several layers passes through a narrow gap in each.
for (const e of edges) {
  e.way = [e.a];
  for (let l = e.a.layer + 1; l < e.b.layer; ++l) { const gap = { layer: l, w: 6, up: [], down: [] }; put(gap); e.way.push(gap); }
  e.way.push(e.b);
  for (let i = 1; i < e.way.length; ++i) { e.way[i - 1].down.push(e.way[i]); e.way[i].up.push(e.way[i - 1]); }
}

// Order within layers: some sweeps to the mean of the neighbours, then places without overlap.
layers.forEach(l => l.forEach((b, i) => { b.x = i * 90; }));
const mean = list => list.reduce((s, v) => s + v, 0) / list.length;
function sweep(list, sides, weight) {
  for (const layer of list) {
    for (const b of layer) {
      const near = sides.flatMap(side => b[side]);
      b.want = near.length ? mean(near.map(n => n.x)) * weight + b.x * (1 - weight) : b.x;
    }
    layer.sort((a, b) => a.want - b.want);
    for (let i = 0; i < layer.length; ++i) {
      const before = layer[i - 1];
      layer[i].x = before ? Math.max(layer[i].want, before.x + (before.w + layer[i].w) / 2 + GAP_X) : layer[i].want;
    }
    const shift = layer.length ? mean(layer.map(b => b.want - b.x)) : 0;
    for (const b of layer) b.x += shift;
  }
}
for (let i = 0; i < 10; ++i) { sweep(layers, ["up"], 1); sweep([...layers].reverse(), ["down"], 1); }
for (let i = 0; i < 6; ++i) sweep(i % 2 ? layers : [...layers].reverse(), ["up", "down"], 0.7);
all.forEach(b => { b.y = b.layer * (H + GAP_Y); });
const box = { x0: Math.min(...all.map(b => b.x - W / 2), 0), x1: Math.max(...all.map(b => b.x + W / 2), 1),
              y0: 0, y1: layers.length * (H + GAP_Y) };

const world = get("world"), most = Math.max(1, ...ops.map(spent));
for (const e of edges) {
  let d = "", x = e.a.x, y = e.a.y + H;
  e.way.slice(1).forEach(p => {
    const top = p.layer * (H + GAP_Y), m = GAP_Y * 0.55;
    d += (d ? "" : `M${x},${y}`) + `C${x},${y + m} ${p.x},${top - m} ${p.x},${top}`;
    x = p.x; y = top + H;
    if (p !== e.b) d += `L${x},${y}`;
  });
  e.path = make("path", { class: "edge", d }, world);
}
for (const b of all) {
  const isLeaf = b.leaf !== undefined, item = isLeaf ? leaves[b.leaf] : ops[b.op];
  const g = b.g = make("g", { class: "box" + (isLeaf ? " leaf" : ""), transform: `translate(${b.x - W / 2},${b.y})` }, world);
  make("rect", { class: "frame", width: W, height: H, rx: isLeaf ? 16 : 6 }, g);
  if (!isLeaf && timed) make("rect", { class: "heat", x: 1, y: H - 5, height: 4, width: Math.max(0, (W - 2) * spent(item) / most) }, g);
  make("text", { class: "b", x: W / 2, y: 19, "text-anchor": "middle" }, g, short(item.name || "leaf", 20));
  const dims = isLeaf ? shape(item.shape) : item.outputs.map(o => shape(o.shape)).join(" ");
  make("text", { class: "s", x: W / 2, y: 35, "text-anchor": "middle" }, g, short(dims, 24));
  g.onclick = () => { if (!moved) choose(b, false); };
  g.onmouseenter = () => show(b);
  g.onmouseleave = () => show(chosen);
}

// Moving and zooming.
const svg = get("graph").firstElementChild;
let view = { x: 0, y: 0, k: 1 }, drag = null, moved = false;
const place = () => world.setAttribute("transform", `translate(${view.x},${view.y}) scale(${view.k})`);
function fit() {  // all of it if that is readable, else its beginning
  const r = svg.getBoundingClientRect(), w = box.x1 - box.x0 + 40, h = box.y1 - GAP_Y + 30;
  view.k = Math.max(0.6, Math.min(r.width / w, r.height / h, 1.15));
  const centre = w * view.k <= r.width ? (box.x0 + box.x1) / 2 : mean(layers.slice(0, 12).flat().map(b => b.x));
  view.x = r.width / 2 - centre * view.k;
  view.y = h * view.k <= r.height ? (r.height - (h - 30) * view.k) / 2 : 14;
  place();
}
function zoom(f, x, y) {
  const k = Math.min(4, Math.max(0.03, view.k * f)); f = k / view.k;
  view = { k, x: x - (x - view.x) * f, y: y - (y - view.y) * f }; place();
}
const middle = f => { const r = svg.getBoundingClientRect(); zoom(f, r.width / 2, r.height / 2); };
get("fit").onclick = fit; get("in").onclick = () => middle(1.4); get("out").onclick = () => middle(1 / 1.4);
svg.addEventListener("wheel", e => { e.preventDefault(); const r = svg.getBoundingClientRect(); zoom(Math.exp(-e.deltaY / 400), e.clientX - r.left, e.clientY - r.top); }, { passive: false });
svg.onpointerdown = e => { drag = { x: e.clientX - view.x, y: e.clientY - view.y, sx: e.clientX, sy: e.clientY }; moved = false; };
window.addEventListener("pointermove", e => {
  if (!drag) return;
  moved = moved || Math.abs(e.clientX - drag.sx) + Math.abs(e.clientY - drag.sy) > 4;
  if (moved) { svg.classList.add("drag"); view.x = e.clientX - drag.x; view.y = e.clientY - drag.y; place(); }
});
window.addEventListener("pointerup", () => { drag = null; svg.classList.remove("drag"); });

// What is chosen.
let chosen = null;
const label = b => b.leaf !== undefined ? (leaves[b.leaf].name || "leaf " + shape(leaves[b.leaf].shape)) : "#" + b.op + " " + ops[b.op].name;
function show(b) {
  for (const e of edges) e.path.classList.toggle("on", !!b && (e.a === b || e.b === b));
  for (const o of all) o.g.classList.toggle("on", o === b);
  const d = get("detail"); d.replaceChildren();
  if (!b) { make("h2", {}, d, "Point at an operation"); make("p", {}, d, "It shows shapes, the line of the program, what is kept for backward, and the times. A click keeps it."); return; }
  make("h2", {}, d, label(b));
  const list = make("dl", {}, d), row = (k, v) => { make("dt", {}, list, k); make("dd", {}, list, v); };
  if (b.leaf !== undefined) {
    const l = leaves[b.leaf]; row("shape", shape(l.shape) + " " + l.dtype); row("size", size(l.bytes));
    row("read by", b.to.map(label).join(", ")); return;
  }
  const o = ops[b.op];
  row("result", o.outputs.map(r => shape(r.shape) + " " + r.dtype).join(", ") + ", " + size(o.bytes));
  row("line", o.site || "not known");
  row("inputs", o.inputs.map(i => !i ? "constant" : label(i.op !== undefined ? boxes[i.op] : leafBoxes[i.leaf])).join(", "));
  row("saved", o.saved.length ? o.saved.map(s => shape(s.shape) + " " + s.dtype + ", " + size(s.bytes)).join("; ") : o.released ? "freed by backward" : "nothing");
  if (timed) { row("forward", time(o.forward_ns)); row("backward", time(o.backward_ns)); }
}
function choose(b, move) {
  chosen = chosen === b ? null : b; show(chosen);
  rows.forEach((r, i) => r.classList.toggle("on", !!chosen && chosen.op === i));
  if (chosen && chosen.op !== undefined) rows[chosen.op].scrollIntoView({ block: "nearest" });
  if (move && chosen) { const r = svg.getBoundingClientRect(); view.k = Math.max(view.k, 0.7); view.x = r.width / 2 - b.x * view.k; view.y = r.height / 2 - b.y * view.k; place(); }
}

// The table.
const columns = [["op", 0, (o, i) => o.name, o => o.name], ["line", 0, o => o.site, o => o.site],
  ["result", 0, o => o.bytes, o => o.outputs.map(r => shape(r.shape)).join(" ")], ["bytes", 1, o => o.bytes, o => size(o.bytes)], ["saved", 1, kept, o => size(kept(o))]];
if (timed) columns.push(["forward", 1, o => o.forward_ns || 0, o => time(o.forward_ns)], ["backward", 1, o => o.backward_ns || 0, o => time(o.backward_ns)], ["total", 1, spent, o => time(spent(o))]);
columns.unshift(["#", 1, (o, i) => i, (o, i) => i]);
const table = make("table", {}, get("table")), top_ = make("tr", {}, make("thead", {}, table)), body = make("tbody", {}, table);
const rows = ops.map((o, i) => {
  const r = make("tr", {}, body); r.onclick = () => choose(boxes[i], true);
  for (const c of columns) make("td", c[1] ? { class: "n" } : {}, r, c[3](o, i));
  return r;
});
columns.forEach((c, k) => {
  const th = make("th", c[1] ? { class: "n" } : {}, top_, c[0]);
  th.onclick = () => {
    const down = th.dataset.sort ? th.dataset.sort === "up" : c[1] === 1 && k > 0;
    for (const other of top_.children) delete other.dataset.sort;
    th.dataset.sort = down ? "down" : "up";
    const order = ops.map((o, i) => i).sort((a, b) => { const x = c[2](ops[a], a), y = c[2](ops[b], b); return (x < y ? -1 : x > y ? 1 : a - b) * (down ? -1 : 1); });
    body.append(...order.map(i => rows[i]));
  };
});
if (timed) top_.lastElementChild.click();

// The memory over time, and the head line.
const head = get("head"), fact = (v, text) => { const s = make("span", {}, head); make("i", {}, s, v); s.append(" " + text); };
make("b", {}, head, "tape");
fact(ops.length, "ops"); fact(leaves.length, "leaves"); fact(size(ops.reduce((s, o) => s + o.bytes, 0)), "of results");
if (timed) { fact(time(ops.reduce((s, o) => s + (o.forward_ns || 0), 0)), "forward"); fact(time(ops.reduce((s, o) => s + (o.backward_ns || 0), 0)), "backward"); }
if (data.memory) {
  const m = data.memory, s = m.samples, panel = get("memory"); panel.hidden = false;
  fact(size(m.peak.live_bytes), "at the peak, in " + (m.peak.backward ? "backward of " : "") + m.peak.op + (m.peak.site ? " at " + m.peak.site : ""));
  const w = 600, h = 100, low = Math.min(m.start_bytes, ...s.map(p => p.live_bytes)), high = Math.max(m.peak.live_bytes, low + 1);
  const px = i => 4 + (w - 8) * i / Math.max(1, s.length - 1), py = v => h - 8 - (h - 20) * (v - low) / (high - low);
  const chart = make("svg", { viewBox: `0 0 ${w} ${h}`, preserveAspectRatio: "none" }, panel), turn = s.findIndex(p => p.backward);
  const line = s.map((p, i) => (i ? "L" : "M") + px(i) + "," + py(p.live_bytes)).join("");
  if (s.length) make("path", { d: line + `L${px(s.length - 1)},${h - 8}L${px(0)},${h - 8}Z`, fill: "var(--accent)", "fill-opacity": 0.14 }, chart);
  make("path", { d: line, fill: "none", stroke: "var(--accent)", "stroke-width": 1.6, "vector-effect": "non-scaling-stroke" }, chart);
  make("line", { x1: 4, x2: w - 4, y1: py(high), y2: py(high), stroke: "rgb(var(--heat))", "stroke-dasharray": "5 4", "vector-effect": "non-scaling-stroke" }, chart);
  if (turn > 0) make("line", { x1: px(turn), x2: px(turn), y1: 6, y2: h - 8, stroke: "var(--soft)", "stroke-dasharray": "2 3", "vector-effect": "non-scaling-stroke" }, chart);
  s.forEach((p, i) => make("title", {}, make("rect", { x: px(i - 0.5), y: 0, width: (w - 8) / Math.max(1, s.length - 1), height: h, fill: "transparent" }, chart),
    (p.backward ? "backward of " : "") + p.op + (p.site ? " at " + p.site : "") + ": " + size(p.live_bytes)));
  const kinds = make("div", { class: "kinds" }, panel);
  make("span", {}, kinds, "live bytes after each op; dashed: the peak" + (turn > 0 ? "; dotted: backward begins" : ""));
  for (const k in m.kinds) if (m.kinds[k]) make("span", {}, kinds, k + " " + size(m.kinds[k]));
}
show(null); fit(); window.addEventListener("resize", fit);
</script></body></html>
)page";
}  // namespace detail

/// The page. It works in any browser, without a network, in light and dark.
inline std::string to_html(const Tape& tape, const TapeOptions& options = {}) {
  const std::string json = detail::json_of(tape, options).dump();
  std::string data;
  for (const char c : json) data += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return detail::kTapePageHead + data + detail::kTapePageTail;
}

}  // namespace tinygrad::debug
