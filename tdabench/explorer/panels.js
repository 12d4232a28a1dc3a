// The panels below the graph: the selected rows, their pictures, and the files to download.

const ROWS_SHOWN = 200;
const COLUMNS_SHOWN = 30;
const PICTURES_SHOWN = 60;

function selectedRows(limit) {
  const rows = [];
  for (let row = 0; row < points && rows.length < limit; row++) if (selection.mask[row]) rows.push(row);
  return rows;
}

function showRows() {
  const place = by("rows");
  place.replaceChildren();
  const rows = selectedRows(ROWS_SHOWN);
  const visible = columns.slice(0, COLUMNS_SHOWN);
  const first = (part, all, what) => (part < all ? `first ${part.toLocaleString("en")} of ${counted(all, what)}` : counted(all, what));
  by("rows-count").textContent = selection.rows
    ? `Shown: ${first(rows.length, selection.rows, "row")}, ${first(visible.length, columns.length, "column")}; Download CSV has all.`
    : "None selected.";
  if (!rows.length) return;
  const table = element("table", null, place);
  const head = element("tr", null, element("thead", null, table));
  element("th", "row", head, "number").scope = "col";
  for (const column of visible) element("th", column.name, head, column.type === "number" ? "number" : "").scope = "col";
  const body = element("tbody", null, table);
  for (const row of rows) {
    const line = element("tr", null, body);
    const name = element("th", String(row), line, "number");
    name.scope = "row";
    for (const column of visible) {
      const number = column.type === "number";
      element("td", number ? (Number.isNaN(column.values[row]) ? "" : decimal(column, row)) : textOf(column, row), line, number ? "number" : "");
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
  const places = [];
  album.rows.forEach((row, place) => selection.mask[row] && places.push(place));
  // Choose evenly through the sample, so that all nodes are represented.
  const count = Math.min(places.length, PICTURES_SHOWN);
  by("pictures-count").textContent = selection.rows
    ? `${count} of the ${counted(selection.rows, "selected row")}` + (album.rows.length < points ? "; the page holds a sample of the pictures." : ".")
    : "None selected.";
  const size = Math.max(1, Math.floor(48 / album.width)) * album.width;
  showMean(places, Math.min(size, 96));
  for (let step = 0; step < count; step++) {
    const place = places[Math.floor((step * places.length) / count)];
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

// The mean of all pictures of the selection that the page has, pixel by pixel.
function showMean(places, width) {
  by("mean").hidden = places.length === 0;
  if (places.length === 0) return;
  album.pixels ??= pixelsOf(album.image);
  const tile = by("mean").querySelector("canvas");
  [tile.width, tile.height, tile.style.width] = [album.width, album.height, `${width}px`];
  const mean = new ImageData(album.width, album.height);
  for (let y = 0; y < album.height; y++)
    for (let x = 0; x < album.width; x++) {
      let sum = 0;
      for (const place of places) {
        const [left, top] = [(place % album.across) * album.width, Math.floor(place / album.across) * album.height];
        sum += album.pixels.data[4 * ((top + y) * album.pixels.width + left + x)];
      }
      mean.data.set([...Array(3).fill(Math.round(sum / places.length)), 255], 4 * (y * album.width + x));
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
    lines.push([String(row), Array.from(nodesOf(row)).join(" "), ...columns.map((column) => textOf(column, row))].map(csvCell).join(","));
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
