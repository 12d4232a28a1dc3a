// The selection, and what sets its rows apart.

const by = (id) => document.getElementById(id);
const COLUMNS_EXPLAINED = 25;

const initial = columns.find((column) => column.name === content.colour) ?? null;
// mask: 1 for each selected row; rows: their number; all: show all columns; timer: of the tables' next update
const selection = { mask: new Uint8Array(points), rows: 0, explanation: [], all: false, timer: 0 };

function element(kind, text, parent, className) {
  const item = document.createElement(kind);
  if (text !== undefined && text !== null) item.textContent = text;
  if (className) item.className = className;
  if (parent) parent.append(item);
  return item;
}

function rowsOf(nodeSet) {
  const mask = new Uint8Array(points);
  for (const node of nodeSet) for (let place = starts[node]; place < starts[node + 1]; place++) mask[members[place]] = 1;
  return mask;
}

const total = (mask) => mask.reduce((sum, value) => sum + value, 0);
const say = (text) => (by("message").textContent = text);

// ------------------------------------------------------------------ selection

function select(nodeSet, { add = false } = {}) {
  view.a = add ? new Set([...view.a, ...nodeSet]) : new Set(nodeSet);
  changed();
}

function toggle(node) {
  if (!view.a.delete(node)) view.a.add(node);
  changed();
}

function changed() {
  selection.mask = rowsOf(view.a);
  selection.rows = total(selection.mask);
  const b = view.b.size ? `; B: ${counted(view.b.size, "node")}, ${counted(total(rowsOf(view.b)), "row")}` : "";
  by("status").textContent = `${counted(view.a.size, "node")}, ${counted(selection.rows, "row")} selected${b}`;
  by("unselect").disabled = by("keep").disabled = by("download").disabled = view.a.size === 0;
  by("swap").disabled = by("forget").disabled = view.b.size === 0;
  by("against").options[1].disabled = view.b.size === 0;
  if (view.b.size === 0) by("against").value = "rest";
  selection.all = false;
  redraw();
  clearTimeout(selection.timer);
  // Draw the graph first; the tables follow.
  selection.timer = setTimeout(showTables, 20);
}

function showTables() {
  selection.timer = 0;
  showExplanation();
  showRows();
  showPictures();
}

// ---------------------------------------------------------------- explanation

// The selected rows (1) and those to compare them with (2); rows in both groups are in neither (0).
function groups() {
  const group = new Uint8Array(points);
  const others = by("against").value === "b" ? rowsOf(view.b) : null;
  let both = 0;
  for (let row = 0; row < points; row++) {
    if (others && selection.mask[row] && others[row]) both++;
    else if (selection.mask[row]) group[row] = 1;
    else if (!others || others[row]) group[row] = 2;
  }
  return { group, both };
}

function showExplanation() {
  const place = by("explanation");
  place.replaceChildren();
  selection.explanation = [];
  if (view.a.size === 0) {
    by("compared").textContent = "Select nodes to see in which columns their rows differ from the others.";
    return;
  }
  const { group, both } = groups();
  const [here, there] = [1, 2].map((side) => group.reduce((sum, value) => sum + (value === side), 0));
  const other = by("against").value === "b" ? "in B" : "others";
  by("compared").textContent =
    `${counted(here, "row")} here against ${there.toLocaleString("en")} ${other}` + (both ? `; ${counted(both, "row")} in both left out.` : ".");
  if (here === 0 || there === 0) {
    by("compared").textContent = `Nothing to compare: ${counted(here, "row")} here against ${there.toLocaleString("en")} ${other}` +
      (both ? `, after ${counted(both, "row")} in both were left out.` : ".");
    return;
  }
  selection.explanation = compare(group);
  drawExplanation(place);
}

function drawExplanation(place) {
  const table = element("table", null, place);
  const head = element("tr", null, element("thead", null, table));
  const heads = ["Column", "Here", by("against").value === "b" ? "In B" : "Others", "Effect", "d", "adj. p"];
  heads.forEach((name, index) => (element("th", name, head, index ? "number" : "").scope = "col"));
  const body = element("tbody", null, table);
  const results = selection.all ? selection.explanation : selection.explanation.slice(0, COLUMNS_EXPLAINED);
  for (const result of results) {
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
  if (results.length < selection.explanation.length) {
    const more = element("button", `Show all ${selection.explanation.length} columns`, place);
    more.type = "button";
    more.addEventListener("click", () => {
      selection.all = true;
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
