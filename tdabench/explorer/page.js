// The controls: what is selected, what is said about it, and how it is changed.

const by = (id) => document.getElementById(id);
const ROWS_SHOWN = 200;
const COLUMNS_SHOWN = 30;
const EXPLAINED = 25;
const PICTURES_SHOWN = 60;

const initial = columns.find((column) => column.name === content.colour) ?? null;
const chosen = { mask: new Uint8Array(points), rows: 0, explanation: [], all: false, timer: 0 };

function element(kind, text, parent, className) {
  const made = document.createElement(kind);
  if (text !== undefined && text !== null) made.textContent = text;
  if (className) made.className = className;
  if (parent) parent.append(made);
  return made;
}

function rowsOf(selection) {
  const mask = new Uint8Array(points);
  for (const node of selection) for (let place = starts[node]; place < starts[node + 1]; place++) mask[members[place]] = 1;
  return mask;
}

const total = (mask) => mask.reduce((sum, value) => sum + value, 0);
const say = (text) => (by("said").textContent = text);

// ------------------------------------------------------------------ selection

function select(selection, { add = false } = {}) {
  view.a = add ? new Set([...view.a, ...selection]) : new Set(selection);
  changed();
}

function toggle(node) {
  if (!view.a.delete(node)) view.a.add(node);
  changed();
}

function changed() {
  chosen.mask = rowsOf(view.a);
  chosen.rows = total(chosen.mask);
  const b = view.b.size ? `; B: ${counted(view.b.size, "node")}, ${counted(total(rowsOf(view.b)), "row")}` : "";
  by("status").textContent = `${counted(view.a.size, "node")}, ${counted(chosen.rows, "row")} selected${b}`;
  by("unselect").disabled = by("keep").disabled = by("download").disabled = view.a.size === 0;
  by("swap").disabled = by("forget").disabled = view.b.size === 0;
  by("against").options[1].disabled = view.b.size === 0;
  if (view.b.size === 0) by("against").value = "rest";
  chosen.all = false;
  redraw();
  clearTimeout(chosen.timer);
  // The graph answers first; the tables follow.
  chosen.timer = setTimeout(tell, 20);
}

function tell() {
  chosen.timer = 0;
  showExplanation();
  showRows();
  showPictures();
}

// ---------------------------------------------------------------- explanation

function grouped() {
  const group = new Uint8Array(points);
  const others = by("against").value === "b" ? rowsOf(view.b) : null;
  let both = 0;
  for (let row = 0; row < points; row++) {
    if (others && chosen.mask[row] && others[row]) both++;
    else if (chosen.mask[row]) group[row] = 1;
    else if (!others || others[row]) group[row] = 2;
  }
  return { group, both };
}

function showExplanation() {
  const place = by("explanation");
  place.replaceChildren();
  chosen.explanation = [];
  if (view.a.size === 0) {
    by("compared").textContent = "Select nodes to see in which columns their rows differ from the others.";
    return;
  }
  const { group, both } = grouped();
  const [here, there] = [1, 2].map((side) => group.reduce((sum, value) => sum + (value === side), 0));
  const other = by("against").value === "b" ? "in B" : "others";
  by("compared").textContent =
    `${counted(here, "row")} here against ${there.toLocaleString("en")} ${other}` + (both ? `; ${counted(both, "row")} in both left out.` : ".");
  if (here === 0 || there === 0) {
    by("compared").textContent = `Nothing to compare: ${counted(here, "row")} here against ${there.toLocaleString("en")} ${other}` +
      (both ? `, after ${counted(both, "row")} in both were left out.` : ".");
    return;
  }
  chosen.explanation = compare(group);
  drawExplanation(place);
}

function drawExplanation(place) {
  const table = element("table", null, place);
  const head = element("tr", null, element("thead", null, table));
  const heads = ["Column", "Here", by("against").value === "b" ? "In B" : "Others", "Effect", "d", "adj. p"];
  heads.forEach((name, index) => (element("th", name, head, index ? "number" : "").scope = "col"));
  const body = element("tbody", null, table);
  const shown = chosen.all ? chosen.explanation : chosen.explanation.slice(0, EXPLAINED);
  for (const result of shown) {
    const row = element("tr", null, body);
    const name = element("th", null, row);
    name.scope = "row";
    element("span", result.column.name, name);
    if (result.level !== undefined && result.level !== null) element("div", result.level, name, "soft");
    const share = (value) => (value === null ? "–" : `${short(Number((100 * value).toFixed(1)))} %`);
    const value = result.column.type === "number" ? short : share;
    element("td", value(result.here), row, "number");
    element("td", value(result.there), row, "number");
    const effect = element("td", result.effect === null ? "–" : result.effect.toFixed(2), row, "number");
    element("span", null, element("span", null, effect, "track"), "effect").style.width = `${(result.effect ?? 0) * 2.2}em`;
    element("td", result.d === null ? "–" : (Number(result.d.toFixed(2)) || 0).toFixed(2).replace("-", "−"), row, "number");
    element("td", probability(result.adjusted), row, "number");
  }
  if (shown.length < chosen.explanation.length) {
    const more = element("button", `Show all ${chosen.explanation.length} columns`, place);
    more.type = "button";
    more.addEventListener("click", () => {
      chosen.all = true;
      place.replaceChildren();
      drawExplanation(place);
    });
  }
}

function probability(p) {
  if (p === undefined || p === null) return "–";
  if (p < 1e-99) return "< 1e−99";
  return p < 1e-3 ? p.toExponential(0).replaceAll("-", "−") : p.toFixed(3);
}

// ------------------------------------------------------------- rows, pictures

function selectedRows(limit) {
  const found = [];
  for (let row = 0; row < points && found.length < limit; row++) if (chosen.mask[row]) found.push(row);
  return found;
}

function showRows() {
  const place = by("rows");
  place.replaceChildren();
  const shown = selectedRows(ROWS_SHOWN);
  const some = columns.slice(0, COLUMNS_SHOWN);
  const first = (part, all, what) => (part < all ? `first ${part.toLocaleString("en")} of ${counted(all, what)}` : counted(all, what));
  by("rows-count").textContent = chosen.rows
    ? `Shown: ${first(shown.length, chosen.rows, "row")}, ${first(some.length, columns.length, "column")}; Download CSV has all.`
    : "None selected.";
  if (!shown.length) return;
  const table = element("table", null, place);
  const head = element("tr", null, element("thead", null, table));
  element("th", "row", head, "number").scope = "col";
  for (const column of some) element("th", column.name, head, column.type === "number" ? "number" : "").scope = "col";
  const body = element("tbody", null, table);
  for (const row of shown) {
    const line = element("tr", null, body);
    const name = element("th", String(row), line, "number");
    name.scope = "row";
    for (const column of some) {
      const number = column.type === "number";
      element("td", number ? (Number.isNaN(column.values[row]) ? "" : exactly(column, row)) : written(column, row), line, number ? "number" : "");
    }
  }
}

const album = content.thumbnails && { ...content.thumbnails, rows: array(content.thumbnails.rows), image: new Image() };
if (album) {
  by("pictures").hidden = false;
  album.image.addEventListener("load", showPictures);
  album.image.src = album.sheet;
}

function showPictures() {
  if (!album || !album.image.complete) return;
  by("thumbnails").replaceChildren();
  const held = [];
  album.rows.forEach((row, place) => chosen.mask[row] && held.push(place));
  // Evenly through the sample, so that no node stands for all.
  const shown = Math.min(held.length, PICTURES_SHOWN);
  by("pictures-count").textContent = chosen.rows
    ? `${shown} of the ${counted(chosen.rows, "selected row")}` + (album.rows.length < points ? "; the page holds a sample of the pictures." : ".")
    : "None selected.";
  const size = Math.max(1, Math.floor(48 / album.width)) * album.width;
  showMean(held, Math.min(size, 96));
  for (let step = 0; step < shown; step++) {
    const place = held[Math.floor((step * held.length) / shown)];
    const tile = element("canvas", null, by("thumbnails"));
    [tile.width, tile.height] = [album.width, album.height];
    tile.style.width = `${Math.min(size, 96)}px`;
    tile.title = `row ${album.rows[place]}`;
    tile.setAttribute("role", "img");
    tile.setAttribute("aria-label", tile.title);
    const [x, y] = [(place % album.across) * album.width, Math.floor(place / album.across) * album.height];
    tile.getContext("2d").drawImage(album.image, x, y, album.width, album.height, 0, 0, album.width, album.height);
  }
}

// The mean of all pictures that the page holds of the selection, grey by grey.
function showMean(held, width) {
  by("mean").hidden = held.length === 0;
  if (held.length === 0) return;
  album.pixels ??= pixelsOf(album.image);
  const tile = by("mean").querySelector("canvas");
  [tile.width, tile.height, tile.style.width] = [album.width, album.height, `${width}px`];
  const mean = new ImageData(album.width, album.height);
  for (let y = 0; y < album.height; y++)
    for (let x = 0; x < album.width; x++) {
      let sum = 0;
      for (const place of held) {
        const [left, top] = [(place % album.across) * album.width, Math.floor(place / album.across) * album.height];
        sum += album.pixels.data[4 * ((top + y) * album.pixels.width + left + x)];
      }
      mean.data.set([...Array(3).fill(Math.round(sum / held.length)), 255], 4 * (y * album.width + x));
    }
  tile.getContext("2d").putImageData(mean, 0, 0);
}

function pixelsOf(image) {
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [image.naturalWidth, image.naturalHeight];
  const context = sheet.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, sheet.width, sheet.height);
}

// ---------------------------------------------------------------------- files

function csvCell(text) {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csv() {
  const lines = [["row", "nodes", ...columns.map((column) => column.name)].map(csvCell).join(",")];
  for (const row of selectedRows(points))
    lines.push([String(row), Array.from(nodesOf(row)).join(" "), ...columns.map((column) => written(column, row))].map(csvCell).join(","));
  return lines.join("\r\n") + "\r\n";
}

function save(blob, ending) {
  const link = document.createElement("a");
  const name = content.title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "") || "mapper";
  link.href = URL.createObjectURL(blob);
  link.download = `${name.slice(0, 60)}${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// --------------------------------------------------------------------- search

// The nodes that hold what is asked for: "row 12", "node 3", a row number alone, or a value of a text column.
function find(query) {
  const asked = query.trim();
  const number = asked.match(/^(row|node)?\s*#?(\d+)$/i);
  const exact = [];
  const partly = [];
  const lower = asked.toLowerCase();
  for (const column of columns) {
    if (column.type !== "text") continue;
    column.levels.forEach((level, code) => {
      const text = level.toLowerCase();
      if (text === lower) exact.push([column, code]);
      else if (lower && text.includes(lower)) partly.push([column, code]);
    });
  }
  if (number && (number[1] || !exact.length)) {
    const index = Number(number[2]);
    if (number[1]?.toLowerCase() === "node") return index < nodes ? { found: [index], said: inOneLine(index) } : null;
    return index < points ? { found: nodesOf(index), what: `row ${index}` } : null;
  }
  const matches = exact.length ? exact : partly;
  if (!matches.length) return null;
  const wanted = new Map();
  for (const [column, code] of matches) wanted.set(column, (wanted.get(column) ?? new Set()).add(code));
  const found = new Set();
  let rows = 0;
  for (let row = 0; row < points; row++) {
    if (![...wanted].some(([column, codes]) => codes.has(column.values[row]))) continue;
    rows++;
    for (const node of nodesOf(row)) found.add(node);
  }
  const named = [...wanted].map(([column, codes]) => (codes.size === 1 ? `${column.name}: ${column.levels[[...codes][0]]}` : `${codes.size} values of ${column.name}`));
  return { found, what: `${named.join(", ")}; ${counted(rows, "row")}` };
}

function search(query) {
  if (!query.trim()) return;
  const result = find(query);
  if (!result) return say(`Nothing found for “${query.trim()}”: no such value, row or node.`);
  select(result.found);
  say(result.said ?? (view.a.size ? `${result.what} in ${counted(view.a.size, "node")}.` : `${result.what} in no node.`));
}

// --------------------------------------------------------------------- colour

function paint(column) {
  const legend = by("legend");
  const shown = colourBy(column);
  legend.replaceChildren();
  by("colour").value = column ? String(columns.indexOf(column)) : "size";
  element("span", column ? column.name : "Rows in the node", legend, "name");
  const swatch = (colour, text, wanted) => {
    const made = element("button", null, legend);
    made.type = "button";
    element("span", null, made, "swatch").style.background = colour;
    made.append(text);
    made.title = `Select the nodes: ${text}`;
    made.addEventListener("click", (event) => {
      select(Array.from({ length: nodes }, (_, node) => node).filter(wanted), { add: event.shiftKey });
      say(`${counted(view.a.size, "node")}: ${text}.`);
    });
  };
  if (column?.type === "text") {
    const has = new Set(shown.levels);
    shown.levels.forEach((code, place) => swatch(LEVELS[place], column.levels[code], (node) => shown.found[node].code === code));
    if (column.levels.length > has.size)
      swatch(OTHER, `${(column.levels.length - has.size).toLocaleString("en")} others`, (node) => shown.found[node].code >= 0 && !has.has(shown.found[node].code));
    if (shown.found.some(({ code }) => code < 0)) swatch("#fff", "no value", (node) => shown.found[node].code < 0);
    element("span", "most common in the node, the paler the smaller its share", legend);
  } else if (shown.low === undefined) {
    element("span", "no values", legend);
  } else {
    element("span", short(shown.low), legend);
    element("span", null, legend, "bar").style.background = `linear-gradient(90deg, ${VIRIDIS.map((hex) => `#${hex}`).join(",")})`;
    element("span", short(shown.high), legend);
    if (column) element("span", "mean over the node", legend);
    if (shown.missing) swatch("#fff", "no value", (node) => view.told[node] === "no value");
  }
  redraw();
}

// -------------------------------------------------------------------- pointer

let gesture = null;
const touching = new Map();

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function describe(node) {
  const cube = content.cubes && content.cubes[node].length ? `\nCube ${content.cubes[node].join(", ")}` : "";
  const told = view.column ? `\n${view.column.name}: ${view.told[node]}` : "";
  return `Node ${node}: ${counted(sizes[node], "row")}${told}${cube}`;
}

const inOneLine = (node) => describe(node).replaceAll("\n", "; ");

function tip(node, x, y) {
  by("tip").hidden = node < 0;
  if (node < 0) return;
  by("tip").textContent = describe(node);
  const { offsetWidth, offsetHeight } = by("tip");
  by("tip").style.left = `${Math.max(2, Math.min(x + 14, view.width - offsetWidth - 4))}px`;
  by("tip").style.top = `${y + 14 + offsetHeight > view.height ? Math.max(2, y - offsetHeight - 10) : y + 14}px`;
}

canvas.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  canvas.setPointerCapture(event.pointerId);
  const at = place(event);
  touching.set(event.pointerId, at);
  view.showFocus = false;
  if (touching.size > 1) {
    gesture = { kind: "pinch" };
    view.line = null;
    return;
  }
  const node = nodeAt(...at);
  const lasso = by("lasso").getAttribute("aria-pressed") === "true";
  const kind = node >= 0 && !(lasso && !event.shiftKey) ? "node" : lasso || event.shiftKey ? "lasso" : "pan";
  gesture = { kind, node, from: at, last: at, moved: false, shift: event.shiftKey };
  if (kind === "lasso") view.line = [at];
  tip(-1);
});

canvas.addEventListener("pointermove", (event) => {
  const at = place(event);
  if (!gesture) {
    const node = nodeAt(...at);
    canvas.classList.toggle("pointing", node >= 0);
    return tip(node, ...at);
  }
  if (gesture.kind === "pinch") return pinch(event.pointerId, at);
  if (!gesture.moved && Math.hypot(at[0] - gesture.from[0], at[1] - gesture.from[1]) < 4) return;
  gesture.moved = true;
  const [right, down] = [at[0] - gesture.last[0], at[1] - gesture.last[1]];
  if (gesture.kind === "node") {
    view.positions[2 * gesture.node] += right / view.scale;
    view.positions[2 * gesture.node + 1] += down / view.scale;
  } else if (gesture.kind === "pan") {
    view.left += right;
    view.top += down;
    view.fitted = false;
  } else view.line.push(at);
  gesture.last = at;
  redraw();
});

function pinch(pointer, at) {
  if (touching.size !== 2 || !touching.has(pointer)) return;
  const before = [...touching.values()];
  touching.set(pointer, at);
  const after = [...touching.values()];
  const apart = ([one, other]) => Math.hypot(one[0] - other[0], one[1] - other[1]) || 1;
  const middle = ([one, other]) => [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
  const [from, to] = [middle(before), middle(after)];
  view.left += to[0] - from[0];
  view.top += to[1] - from[1];
  zoom(apart(after) / apart(before), ...to);
}

function inside([x, y], line) {
  let odd = false;
  for (let here = 0, last = line.length - 1; here < line.length; last = here++) {
    const [[left, top], [right, bottom]] = [line[here], line[last]];
    if (top > y !== bottom > y && x < ((right - left) * (y - top)) / (bottom - top) + left) odd = !odd;
  }
  return odd;
}

function released(event) {
  touching.delete(event.pointerId);
  const done = gesture;
  if (!done || (done.kind === "pinch" && touching.size)) return;
  gesture = null;
  const { line } = view;
  view.line = null;
  if (event.type === "pointercancel") return redraw();
  if (done.kind === "lasso" && line.length > 2)
    select(Array.from({ length: nodes }, (_, node) => node).filter((node) => inside(screen(node), line)), { add: done.shift });
  else if (!done.moved && done.node >= 0) {
    view.focus = done.node;
    if (done.shift) toggle(done.node);
    else select([done.node]);
    say(inOneLine(done.node));
  }
  redraw();
}

canvas.addEventListener("pointerup", released);
canvas.addEventListener("pointercancel", released);
canvas.addEventListener("pointerleave", () => tip(-1));
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) * 0.004), ...place(event));
}, { passive: false }); // prettier-ignore

// ------------------------------------------------------------------- keyboard

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// The node nearest in a direction, sideways counted double; the node itself when there is none.
function neighbour(node, [right, down]) {
  let best = node;
  let least = Infinity;
  for (let other = 0; other < nodes; other++) {
    const x = view.positions[2 * other] - view.positions[2 * node];
    const y = view.positions[2 * other + 1] - view.positions[2 * node + 1];
    const along = x * right + y * down;
    const aside = Math.abs(x * down) + Math.abs(y * right);
    if (other !== node && along > 1e-6 && aside <= 2 * along && along + 2 * aside < least) {
      least = along + 2 * aside;
      best = other;
    }
  }
  return best;
}

function focusOn(node) {
  view.focus = node;
  view.showFocus = true;
  const [x, y] = screen(node);
  if (x < 20 || x > view.width - 20) view.left += view.width / 2 - x;
  if (y < 20 || y > view.height - 20) view.top += view.height / 2 - y;
  say(inOneLine(node) + (view.a.has(node) ? "; selected" : ""));
  redraw();
}

canvas.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { key } = event;
  if (WAYS[key]) focusOn(view.focus < 0 ? 0 : neighbour(view.focus, WAYS[key]));
  else if (key === "Enter" || key === " ") {
    if (view.focus < 0) focusOn(0);
    toggle(view.focus);
  } else if (key === "+" || key === "=") zoom(1.25);
  else if (key === "-") zoom(0.8);
  else if (key === "0") fit();
  else return;
  event.preventDefault();
});
canvas.addEventListener("focus", () => canvas.matches(":focus-visible") && focusOn(Math.max(view.focus, 0)));
canvas.addEventListener("blur", () => {
  view.showFocus = false;
  redraw();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || ["INPUT", "SELECT"].includes(event.target.tagName)) return;
  unselect();
});

// ------------------------------------------------------------------- controls

function unselect() {
  say("");
  select([]);
}

function reset() {
  view.positions.set(started);
  Object.assign(view, { a: new Set(), b: new Set(), focus: -1, showFocus: false, sized: true, line: null });
  by("sized").checked = true;
  by("query").value = "";
  by("against").value = "rest";
  by("lasso").setAttribute("aria-pressed", "false");
  canvas.classList.remove("drawing");
  say("");
  paint(initial);
  fit();
  changed();
}

element("option", "Rows in the node", by("colour")).value = "size";
columns.forEach((column, place) => (element("option", column.name, by("colour")).value = String(place)));
by("colour").addEventListener("change", (event) => paint(columns[event.target.value] ?? null));
by("search").addEventListener("submit", (event) => {
  event.preventDefault();
  search(by("query").value);
});
by("sized").addEventListener("change", (event) => {
  view.sized = event.target.checked;
  redraw();
});
by("lasso").addEventListener("click", () => {
  const on = by("lasso").getAttribute("aria-pressed") !== "true";
  by("lasso").setAttribute("aria-pressed", String(on));
  canvas.classList.toggle("drawing", on);
});
by("everything").addEventListener("click", () => select(Array.from({ length: nodes }, (_, node) => node)));
by("unselect").addEventListener("click", unselect);
by("closer").addEventListener("click", () => zoom(1.3));
by("farther").addEventListener("click", () => zoom(1 / 1.3));
by("fit").addEventListener("click", fit);
by("reset").addEventListener("click", reset);
by("picture").addEventListener("click", () => {
  draw();
  canvas.toBlob((blob) => save(blob, ".png"));
});
by("keep").addEventListener("click", () => {
  view.b = view.a;
  view.a = new Set();
  by("against").options[1].disabled = false;
  by("against").value = "b";
  say("Kept as B (dashed rings). Select other nodes to compare them with it.");
  changed();
});
by("swap").addEventListener("click", () => {
  [view.a, view.b] = [view.b, view.a];
  changed();
});
by("forget").addEventListener("click", () => {
  view.b = new Set();
  changed();
});
by("against").addEventListener("change", () => {
  tell();
});
by("download").addEventListener("click", () => save(new Blob([csv()], { type: "text/csv" }), "-selection.csv"));

document.title = content.title;
by("title").textContent = content.title;
by("summary").textContent = `${counted(nodes, "node")}, ${counted(weights.length, "edge")}, ${counted(points, "row")}, ${counted(columns.length, "column")}.`;
by("note").textContent = content.note;
for (const [name, value] of Object.entries(content.parameters)) {
  element("dt", name, by("parameters"));
  element("dd", value, by("parameters"));
}
by("again").hidden = !content.command;
by("command").textContent = content.command;

new ResizeObserver(resize).observe(canvas);
resize();
paint(initial);
changed();

window.tdabench = Object.freeze({
  state: () => ({
    nodes, points, a: [...view.a].sort((one, other) => one - other), b: [...view.b].sort((one, other) => one - other),
    rows: chosen.rows, colour: view.column ? view.column.name : null, fills: [...view.fills], told: [...view.told],
    positions: Array.from(view.positions), focus: view.focus, scale: view.scale, drawMs: view.drawMs,
    screen: Array.from({ length: nodes }, (_, node) => screen(node)), settled: chosen.timer === 0,
    explanation: chosen.explanation.map(({ column, ...result }) => ({ name: column.name, type: column.type, ...result })),
  }),
}); // prettier-ignore
