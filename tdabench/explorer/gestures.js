// The pointer and the keyboard on the graph.

let gesture = null;
const touching = new Map();

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function describe(node) {
  const cube = content.cubes && content.cubes[node].length ? `\nCube ${content.cubes[node].join(", ")}` : "";
  const label = view.column ? `
${view.column.name}: ${view.labels[node]}` : "";
  return `Node ${node}: ${counted(sizes[node], "row")}${label}${cube}`;
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

function release(event) {
  touching.delete(event.pointerId);
  const ended = gesture;
  if (!ended || (ended.kind === "pinch" && touching.size)) return;
  gesture = null;
  const { line } = view;
  view.line = null;
  if (event.type === "pointercancel") return redraw();
  if (ended.kind === "lasso" && line.length > 2)
    select(Array.from({ length: nodes }, (_, node) => node).filter((node) => inside(screen(node), line)), { add: ended.shift });
  else if (!ended.moved && ended.node >= 0) {
    view.focus = ended.node;
    if (ended.shift) toggle(ended.node);
    else select([ended.node]);
    say(inOneLine(ended.node));
  }
  redraw();
}

canvas.addEventListener("pointerup", release);
canvas.addEventListener("pointercancel", release);
canvas.addEventListener("pointerleave", () => tip(-1));
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) * 0.004), ...place(event));
}, { passive: false }); // prettier-ignore

// ------------------------------------------------------------------- keyboard

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// The nearest node in a direction, where a step sideways counts double; the node itself when there is none.
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
  if (DIRECTIONS[key]) focusOn(view.focus < 0 ? 0 : neighbour(view.focus, DIRECTIONS[key]));
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
