// What sets one group of rows apart from another. A group is a Uint8Array over the rows: 1 here, 2 there, 0 in neither.

const ABSENT = 0xffffffff;

// The rank of every value among the distinct values of its column, computed once.
function ranksOf(column) {
  if (column.ranks) return column.ranks;
  const sorted = Float64Array.from(column.values.filter((value) => !Number.isNaN(value))).sort();
  const distinct = sorted.filter((value, place) => place === 0 || value !== sorted[place - 1]);
  const rank = new Uint32Array(points);
  for (let row = 0; row < points; row++) {
    const value = column.values[row];
    if (Number.isNaN(value)) {
      rank[row] = ABSENT;
      continue;
    }
    let low = 0;
    let high = distinct.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (distinct[middle] < value) low = middle + 1;
      else high = middle;
    }
    rank[row] = low;
  }
  return (column.ranks = { rank, distinct });
}

// P(sqrt(n) D > x) in the limit of large samples (Kolmogorov 1933; Smirnov 1948).
function kolmogorov(x) {
  if (x <= 0) return 1;
  if (x < 1.18) {
    const power = Math.exp(-(Math.PI ** 2) / (8 * x * x));
    return 1 - (Math.sqrt(2 * Math.PI) / x) * (power + power ** 9 + power ** 25 + power ** 49);
  }
  const power = Math.exp(-2 * x * x);
  return Math.min(1, 2 * (power - power ** 4 + power ** 9));
}

const logFactorials = new Float64Array(points + 1);
for (let number = 1; number <= points; number++) logFactorials[number] = logFactorials[number - 1] + Math.log(number);

function logChoose(n, k) {
  return logFactorials[n] - logFactorials[k] - logFactorials[n - k];
}

// P(at least `hits` marked ones in a sample) when `marked` of `all` are marked: Fisher's exact test, one-sided.
function atLeast(hits, all, marked, sample) {
  const last = Math.min(marked, sample);
  let term = Math.exp(logChoose(marked, hits) + logChoose(all - marked, sample - hits) - logChoose(all, sample));
  let total = 0;
  for (let k = hits; k <= last && term > total * 1e-16; k++) {
    total += term;
    term *= ((marked - k) * (sample - k)) / ((k + 1) * (all - marked - sample + k + 1));
  }
  return Math.min(1, total);
}

// Two-sample Kolmogorov-Smirnov distance with its asymptotic p value, and Cohen's d (pooled standard deviation).
function compareNumbers(column, group) {
  const { rank, distinct } = ranksOf(column);
  const counts = [null, new Uint32Array(distinct.length), new Uint32Array(distinct.length)];
  const n = [0, 0, 0];
  const sum = [0, 0, 0];
  for (let row = 0; row < points; row++) {
    const side = group[row];
    if (side === 0 || rank[row] === ABSENT) continue;
    counts[side][rank[row]]++;
    n[side]++;
    sum[side] += column.values[row];
  }
  const mean = [NaN, sum[1] / n[1], sum[2] / n[2]];
  const result = { column, n: [n[1], n[2]], here: mean[1], there: mean[2], effect: null, d: null, p: null };
  if (n[1] === 0 || n[2] === 0) return result;
  let difference = 0;
  let distance = 0;
  const squares = [0, 0, 0];
  for (let place = 0; place < distinct.length; place++) {
    difference += counts[1][place] / n[1] - counts[2][place] / n[2];
    distance = Math.max(distance, Math.abs(difference));
    for (const side of [1, 2]) squares[side] += counts[side][place] * (distinct[place] - mean[side]) ** 2;
  }
  result.effect = Math.min(1, distance);
  result.p = distance < 1e-12 ? 1 : kolmogorov(Math.sqrt((n[1] * n[2]) / (n[1] + n[2])) * distance);
  const deviation = Math.sqrt((squares[1] + squares[2]) / (n[1] + n[2] - 2));
  if (n[1] + n[2] > 2 && deviation > 0) result.d = (mean[1] - mean[2]) / deviation;
  return result;
}

// The level most over-represented here, by difference of shares; its p value times the number of levels (Bonferroni).
function compareText(column, group) {
  const counts = [null, new Uint32Array(column.levels.length), new Uint32Array(column.levels.length)];
  const n = [0, 0, 0];
  for (let row = 0; row < points; row++) {
    const side = group[row];
    const code = column.values[row];
    if (side === 0 || code >= column.levels.length) continue;
    counts[side][code]++;
    n[side]++;
  }
  const result = { column, n: [n[1], n[2]], here: null, there: null, effect: null, d: null, p: null, level: null };
  if (n[1] === 0 || n[2] === 0) return result;
  let best = -1;
  let levels = 0;
  result.effect = -1;
  for (let code = 0; code < column.levels.length; code++) {
    const [here, there] = [counts[1][code] / n[1], counts[2][code] / n[2]];
    if (here + there > 0) levels++;
    if (here + there > 0 && here - there > result.effect)
      [best, result.effect, result.here, result.there] = [code, here - there, here, there];
  }
  result.level = column.levels[best];
  const p = atLeast(counts[1][best], n[1] + n[2], counts[1][best] + counts[2][best], n[1]);
  result.p = Math.min(1, levels * p);
  return result;
}

// Benjamini & Hochberg 1995, over all columns with a p value: sets `adjusted`.
function adjust(results) {
  const tests = results.filter((result) => result.p !== null).sort((one, other) => other.p - one.p);
  let least = 1;
  tests.forEach((result, place) => {
    least = Math.min(least, (result.p * tests.length) / (tests.length - place));
    result.adjusted = least;
  });
}

// Every column compared, the largest effects first. Both effects lie in [0, 1]: for the two values "this level" and
// "another" the Kolmogorov-Smirnov distance is the difference of shares.
function compare(group) {
  const results = columns.map((column) => (column.type === "number" ? compareNumbers : compareText)(column, group));
  adjust(results);
  const order = (result) => (result.effect === null ? -1 : result.effect);
  return results.sort((one, other) => order(other) - order(one));
}
