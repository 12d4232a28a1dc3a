// The search, and the colours with their legend.

// --------------------------------------------------------------------- search

// The nodes that have what a query names: "row 12", "node 3", a row number alone, or a value of a text column.
function find(query) {
  const text = query.trim();
  const number = text.match(/^(row|node)?\s*#?(\d+)$/i);
  const exact = [];
  const partial = [];
  const lower = text.toLowerCase();
  for (const column of columns) {
    if (column.type !== "text") continue;
    column.levels.forEach((level, code) => {
      const name = level.toLowerCase();
      if (name === lower) exact.push([column, code]);
      else if (lower && name.includes(lower)) partial.push([column, code]);
    });
  }
  if (number && (number[1] || !exact.length)) {
    const index = Number(number[2]);
    if (number[1]?.toLowerCase() === "node") return index < nodes ? { nodeSet: [index], message: inOneLine(index) } : null;
    return index < points ? { nodeSet: nodesOf(index), what: `row ${index}` } : null;
  }
  const matches = exact.length ? exact : partial;
  if (!matches.length) return null;
  const levels = new Map();
  for (const [column, code] of matches) levels.set(column, (levels.get(column) ?? new Set()).add(code));
  const nodeSet = new Set();
  let rows = 0;
  for (let row = 0; row < points; row++) {
    if (![...levels].some(([column, codes]) => codes.has(column.values[row]))) continue;
    rows++;
    for (const node of nodesOf(row)) nodeSet.add(node);
  }
  const names = [...levels].map(([column, codes]) => (codes.size === 1 ? `${column.name}: ${column.levels[[...codes][0]]}` : `${codes.size} values of ${column.name}`));
  return { nodeSet, what: `${names.join(", ")}; ${counted(rows, "row")}` };
}

function search(query) {
  if (!query.trim()) return;
  const result = find(query);
  if (!result) return say(`Nothing found for “${query.trim()}”: no such value, row or node.`);
  select(result.nodeSet);
  say(result.message ?? (view.a.size ? `${result.what} in ${counted(view.a.size, "node")}.` : `${result.what} in no node.`));
}

// --------------------------------------------------------------------- colour

function paint(column) {
  const legend = by("legend");
  const scale = colourBy(column);
  legend.replaceChildren();
  by("colour").value = column ? String(columns.indexOf(column)) : "size";
  element("span", column ? column.name : "Rows in the node", legend, "name");
  const swatch = (colour, text, belongs) => {
    const button = element("button", null, legend);
    button.type = "button";
    element("span", null, button, "swatch").style.background = colour;
    button.append(text);
    button.title = `Select the nodes: ${text}`;
    button.addEventListener("click", (event) => {
      select(Array.from({ length: nodes }, (_, node) => node).filter(belongs), { add: event.shiftKey });
      say(`${counted(view.a.size, "node")}: ${text}.`);
    });
  };
  if (column?.type === "text") {
    const has = new Set(scale.levels);
    scale.levels.forEach((code, place) => swatch(LEVELS[place], column.levels[code], (node) => scale.commonest[node].code === code));
    if (column.levels.length > has.size)
      swatch(OTHER, `${(column.levels.length - has.size).toLocaleString("en")} others`, (node) => scale.commonest[node].code >= 0 && !has.has(scale.commonest[node].code));
    if (scale.commonest.some(({ code }) => code < 0)) swatch("#fff", "no value", (node) => scale.commonest[node].code < 0);
    element("span", "most common in the node, the paler the smaller its share", legend);
  } else if (scale.low === undefined) {
    element("span", "no values", legend);
  } else {
    element("span", short(scale.low), legend);
    element("span", null, legend, "bar").style.background = `linear-gradient(90deg, ${VIRIDIS.map((hex) => `#${hex}`).join(",")})`;
    element("span", short(scale.high), legend);
    if (column) element("span", "mean over the node", legend);
    if (scale.missing) swatch("#fff", "no value", (node) => view.labels[node] === "no value");
  }
  redraw();
}
