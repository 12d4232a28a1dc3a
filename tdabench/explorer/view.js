// The graph on the canvas: its colours, its drawing, and the places of nodes.

const VIRIDIS = ["440154", "48186a", "472d7b", "424086", "3b528b", "33638d", "2c728e", "26828e", "21918c", "1fa088",
  "28ae80", "3fbc73", "5ec962", "84d44b", "addc30", "d8e219", "fde725"]; // prettier-ignore
// Okabe & Ito 2008, then Tol's muted colours, which colour-blind readers can distinguish.
const LEVELS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#332288", "#882255",
  "#999933", "#661100", "#117733"]; // prettier-ignore
const OTHER = "#8b949e";
const MISSING = [255, 255, 255];
const INK = "#1c2126";
const B = "#b34700";
const FOCUS = "#0b5394";
const PALE = 0.42;

const canvas = document.getElementById("graph");
const brush = canvas.getContext("2d");
const initialPositions = array(content.positions);
const largest = sizes.reduce((most, size) => Math.max(most, size), 1);

const view = {
  positions: initialPositions.slice(), scale: 1, left: 0, top: 0, width: 0, height: 0, sized: true, column: null,
  fills: [], pale: [], labels: [], a: new Set(), b: new Set(), focus: -1, showFocus: false, line: null, drawMs: 0, waiting: false,
  fitted: true,
}; // prettier-ignore

function channels(hex) {
  return [0, 2, 4].map((place) => parseInt(hex.slice(place, place + 2), 16));
}

function mixed(from, to, share) {
  return from.map((value, place) => Math.round(value + (to[place] - value) * share));
}

const css = (colour) => `rgb(${colour.join(",")})`;

function viridis(share) {
  const place = Math.min(Math.max(share, 0), 1) * (VIRIDIS.length - 1);
  const low = Math.min(Math.floor(place), VIRIDIS.length - 2);
  return mixed(channels(VIRIDIS[low]), channels(VIRIDIS[low + 1]), place - low);
}

// Mean of a column over the rows of each node, NaN where none has a value.
function means(column) {
  return Float64Array.from({ length: nodes }, (_, node) => {
    let total = 0;
    let count = 0;
    for (let place = starts[node]; place < starts[node + 1]; place++) {
      const value = column.values[members[place]];
      if (!Number.isNaN(value)) {
        total += value;
        count++;
      }
    }
    return total / count;
  });
}

// The most common level in each node, and its share of the rows that have a level; code -1 where none has.
function commonest(column) {
  const counts = new Uint32Array(column.levels.length + 1);
  return Array.from({ length: nodes }, (_, node) => {
    let best = -1;
    let count = 0;
    for (let place = starts[node]; place < starts[node + 1]; place++) {
      const code = column.values[members[place]];
      if (code >= column.levels.length) continue;
      count++;
      counts[code]++;
      if (best < 0 || counts[code] > counts[best] || (counts[code] === counts[best] && code < best)) best = code;
    }
    const share = count ? counts[best] / count : 0;
    for (let place = starts[node]; place < starts[node + 1]; place++) counts[column.values[members[place]]] = 0;
    return { code: best, share };
  });
}

// Codes of the levels that have a colour of their own, the commonest over all rows first.
function colouredLevels(column) {
  if (column.coloured) return column.coloured;
  const counts = new Uint32Array(column.levels.length);
  for (const code of column.values) if (code < counts.length) counts[code]++;
  const order = Array.from(counts.keys()).sort((one, other) => counts[other] - counts[one] || one - other);
  return (column.coloured = order.slice(0, LEVELS.length));
}

// Colours the nodes; the layout stays. Returns what the legend needs.
function colourBy(column) {
  view.column = column;
  const { fills, ...scale } = colours(column);
  view.fills = fills.map(css);
  view.pale = fills.map((fill) => css(mixed(MISSING, fill, PALE)));
  return scale;
}

function colours(column) {
  if (column && column.type === "text") {
    const levels = colouredLevels(column);
    const places = new Map(levels.map((code, place) => [code, place]));
    const common = commonest(column);
    const fills = common.map(({ code, share }) => {
      if (code < 0) return MISSING;
      const fill = places.has(code) ? LEVELS[places.get(code)] : OTHER;
      return mixed(MISSING, channels(fill.slice(1)), 0.3 + 0.7 * share);
    });
    view.labels = common.map(({ code, share }) => (code < 0 ? "no value" : `${column.levels[code]} (${Math.round(100 * share)} %)`));
    return { fills, levels, commonest: common };
  }
  const values = column ? means(column) : Float64Array.from(sizes);
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const [low, high] = [sorted[0], sorted[sorted.length - 1]];
  const fills = Array.from(values, (value) =>
    Number.isNaN(value) ? MISSING : viridis(high > low ? (value - low) / (high - low) : 0.5));
  view.labels = Array.from(values, (value) => (Number.isNaN(value) ? "no value" : short(value)));
  return { fills, low, high, missing: sorted.length < nodes };
}

function radius(node) {
  const full = view.sized ? Math.max(0.46 * Math.sqrt(sizes[node] / largest), 0.06) : 0.22;
  return Math.max(2, full * content.spacing * view.scale);
}

function screen(node) {
  return [view.positions[2 * node] * view.scale + view.left, view.positions[2 * node + 1] * view.scale + view.top];
}

function fit() {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let node = 0; node < nodes; node++) {
    left = Math.min(left, view.positions[2 * node]);
    right = Math.max(right, view.positions[2 * node]);
    top = Math.min(top, view.positions[2 * node + 1]);
    bottom = Math.max(bottom, view.positions[2 * node + 1]);
  }
  view.scale = Math.min(view.width / (right - left + 1.6), view.height / (bottom - top + 1.6), 70);
  view.left = view.width / 2 - ((left + right) / 2) * view.scale;
  view.top = view.height / 2 - ((top + bottom) / 2) * view.scale;
  view.fitted = true;
  redraw();
}

function zoom(factor, x = view.width / 2, y = view.height / 2) {
  const scale = Math.min(Math.max(view.scale * factor, 0.5), 400);
  view.left = x - ((x - view.left) * scale) / view.scale;
  view.top = y - ((y - view.top) * scale) / view.scale;
  view.scale = scale;
  view.fitted = false;
  redraw();
}

// The topmost node at a place on the canvas, -1 where there is none.
function nodeAt(x, y) {
  for (let node = nodes - 1; node >= 0; node--) {
    const [across, down] = screen(node);
    const reach = Math.max(radius(node), 5) + 1;
    if ((across - x) ** 2 + (down - y) ** 2 <= reach * reach) return node;
  }
  return -1;
}

function redraw() {
  if (view.waiting) return;
  view.waiting = true;
  requestAnimationFrame(() => {
    view.waiting = false;
    draw();
  });
}

const heaviest = weights.reduce((most, weight) => Math.max(most, weight), 1);
const widthOf = Uint8Array.from(weights, (weight) => Math.min(2, Math.floor(3 * Math.sqrt(weight / heaviest))));

// Many short paths are drawn faster than a long one, for which the canvas computes all crossings.
const STROKE = 100;
// A graph of many edges has thin ones, so that they do not hide the nodes.
const thinning = Math.min(1, Math.max(0.25, (5 * nodes) / Math.max(1, weights.length)));

function drawEdges() {
  const { positions, scale, left, top } = view;
  brush.strokeStyle = "#aab3bd";
  for (const heavy of [0, 1, 2]) {
    brush.lineWidth = [0.8, 1.6, 2.8][heavy] * thinning;
    brush.beginPath();
    let pending = 0;
    for (let edge = 0; edge < widthOf.length; edge++) {
      if (widthOf[edge] !== heavy) continue;
      const [from, to] = [2 * edges[2 * edge], 2 * edges[2 * edge + 1]];
      brush.moveTo(positions[from] * scale + left, positions[from + 1] * scale + top);
      brush.lineTo(positions[to] * scale + left, positions[to + 1] * scale + top);
      if (++pending < STROKE) continue;
      brush.stroke();
      brush.beginPath();
      pending = 0;
    }
    brush.stroke();
  }
}

// Rings around some nodes, `gap` pixels outside them.
function ring(nodeSet, colour, width, gap, dashes = []) {
  brush.strokeStyle = colour;
  brush.lineWidth = width;
  brush.setLineDash(dashes);
  brush.beginPath();
  for (const node of nodeSet) {
    const [x, y] = screen(node);
    brush.moveTo(x + radius(node) + gap, y);
    brush.arc(x, y, radius(node) + gap, 0, 2 * Math.PI);
  }
  brush.stroke();
  brush.setLineDash([]);
}

function draw() {
  const start = performance.now();
  const dots = canvas.width / view.width || 1;
  brush.setTransform(dots, 0, 0, dots, 0, 0);
  brush.fillStyle = "#fff";
  brush.fillRect(0, 0, view.width, view.height);
  drawEdges();
  brush.lineWidth = 0.8;
  const selected = view.a.size > 0;
  for (let node = 0; node < nodes; node++) {
    const [x, y] = screen(node);
    const reach = radius(node);
    if (x < -reach || y < -reach || x > view.width + reach || y > view.height + reach) continue;
    const faded = selected && !view.a.has(node) && !view.b.has(node);
    brush.fillStyle = (faded ? view.pale : view.fills)[node];
    brush.strokeStyle = faded ? "rgba(28,33,38,.25)" : "rgba(28,33,38,.55)";
    brush.beginPath();
    brush.arc(x, y, reach, 0, 2 * Math.PI);
    brush.fill();
    brush.stroke();
  }
  const fine = Math.min(1, Math.max(0.35, view.scale / 25));
  ring(view.b, B, 2, 4 * fine, [4, 3]);
  // White between a node and its ring, so that the ring is visible around dark colours.
  ring(view.a, "#fff", 2 * fine, 0.6 * fine);
  ring(view.a, INK, 1.9 * fine, 2 * fine);
  if (view.showFocus && view.focus >= 0) ring([view.focus], FOCUS, 2.5, 6);
  if (view.line) {
    brush.strokeStyle = FOCUS;
    brush.fillStyle = "rgba(11,83,148,.08)";
    brush.lineWidth = 1.5;
    brush.beginPath();
    for (const [x, y] of view.line) brush.lineTo(x, y);
    brush.closePath();
    brush.fill();
    brush.stroke();
  }
  view.drawMs = performance.now() - start;
}

function resize() {
  const { clientWidth, clientHeight } = canvas;
  if (!clientWidth || !clientHeight || matchMedia("print").matches) return;
  const dots = Math.min(window.devicePixelRatio || 1, 2);
  view.left += (clientWidth - view.width) / 2;
  view.top += (clientHeight - view.height) / 2;
  [view.width, view.height] = [clientWidth, clientHeight];
  [canvas.width, canvas.height] = [Math.round(clientWidth * dots), Math.round(clientHeight * dots)];
  if (view.fitted) fit();
  draw();
}
