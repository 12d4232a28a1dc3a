// The data of the page, decoded once. They are shown as text, never as markup.

const content = JSON.parse(document.getElementById("data").textContent);

const KINDS = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, f4: Float32Array, f8: Float64Array };

function array({ kind, data }) {
  const characters = atob(data);
  const bytes = new Uint8Array(characters.length);
  for (let place = 0; place < bytes.length; place++) bytes[place] = characters.charCodeAt(place);
  return new KINDS[kind](bytes.buffer);
}

const points = content.points;
const nodes = content.nodes;
const starts = array(content.starts);
const members = array(content.members);
const edges = array(content.edges);
const weights = array(content.weights);
const columns = content.columns.map((column) => ({ ...column, values: array(column.values) }));
const sizes = Uint32Array.from({ length: nodes }, (_, node) => starts[node + 1] - starts[node]);

// The shortest decimal that gives the same number again, also for numbers stored in four bytes.
function decimal(column, row) {
  const value = column.values[row];
  if (Number.isNaN(value)) return "";
  if (column.values instanceof Float64Array) return String(value);
  for (let digits = 6; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}

// The value of a row as text, "" where it is missing.
function textOf(column, row) {
  if (column.type === "number") return decimal(column, row);
  const code = column.values[row];
  return code < column.levels.length ? column.levels[code] : "";
}

function short(number) {
  if (number === null || !Number.isFinite(number)) return "–";
  const size = Math.abs(number);
  if (Number.isInteger(number) && size < 1e6) return number.toLocaleString("en");
  if (size !== 0 && (size >= 1e6 || size < 1e-3)) return number.toExponential(1).replaceAll("-", "−");
  return String(Number(number.toPrecision(size < 1000 ? 4 : 5))).replace("-", "−");
}

function counted(number, word) {
  return `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
}

// The nodes of every row, the transpose of the membership: those of a row begin at first[row].
function nodesByRow() {
  const first = new Uint32Array(points + 1);
  for (const row of members) first[row + 1]++;
  for (let row = 0; row < points; row++) first[row + 1] += first[row];
  const rowNodes = new Uint32Array(members.length);
  const next = first.slice();
  for (let node = 0; node < nodes; node++)
    for (let place = starts[node]; place < starts[node + 1]; place++) rowNodes[next[members[place]]++] = node;
  return { first, rowNodes };
}

const byRow = nodesByRow();

function nodesOf(row) {
  return byRow.rowNodes.subarray(byRow.first[row], byRow.first[row + 1]);
}
