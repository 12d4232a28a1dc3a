// The controls of the page and its start.

function unselect() {
  say("");
  select([]);
}

function reset() {
  view.positions.set(initialPositions);
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
by("against").addEventListener("change", showTables);
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
    rows: selection.rows, colour: view.column ? view.column.name : null, fills: [...view.fills], labels: [...view.labels],
    positions: Array.from(view.positions), focus: view.focus, scale: view.scale, drawMs: view.drawMs,
    screen: Array.from({ length: nodes }, (_, node) => screen(node)), settled: selection.timer === 0,
    explanation: selection.explanation.map(({ column, ...result }) => ({ name: column.name, type: column.type, ...result })),
  }),
}); // prettier-ignore
