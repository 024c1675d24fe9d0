// Small pictures of fixed size, so that nothing moves when numbers come. What they show is in words, too.

function picture(width, height, label, ...children) {
  const attributes = { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label };
  return draw("svg", { ...attributes, preserveAspectRatio: "none" }, ...children);
}

// How much of what is wanted is in (full) and out (pale).
function bar(counted, leased, wanted) {
  const share = (value) => (wanted ? (100 * value) / wanted : 0);
  const label = `${number(counted)} in, ${number(leased)} out, of ${number(wanted)}`;
  return picture(
    100,
    8,
    label,
    draw("rect", { class: "ground", width: 100, height: 8 }),
    draw("rect", { class: "pale", x: share(counted), width: share(leased), height: 8 }),
    draw("rect", { class: "full", width: share(counted), height: 8 }),
  );
}

// Where a number lies between the ends of an axis of WIDTH.
const WIDTH = 160;
function place(number, [least, greatest]) {
  const within = Math.min(greatest, Math.max(least, number));
  return 14 + ((within - least) / (greatest - least)) * (WIDTH - 28);
}
const ALPHA = [-0.25, 1];
const SHARE = [0, 1];
const SIDE = [-1, 1];

// The head of a column of intervals: number to word.
function scale(axis, ticks) {
  const words = Object.entries(ticks).map(([number, text]) =>
    draw("text", { x: place(Number(number), axis), y: 11, text }),
  );
  const made = picture(WIDTH, 14, Object.values(ticks).join(", "), ...words);
  made.classList.add("scale");
  return made;
}

// A value with its interval on an axis, with a line at `mark`.
function interval({ value, low, high }, axis, mark, label) {
  const at = (number) => place(number, axis);
  const parts = [draw("line", { class: "axis", x1: at(mark), x2: at(mark), y1: 0, y2: 18 })];
  if (low !== null && high !== null) {
    parts.push(draw("line", { class: "reach", x1: at(low), x2: at(high), y1: 9, y2: 9 }));
  }
  if (value !== null) parts.push(draw("circle", { class: "dot", cx: at(value), cy: 9, r: 4 }));
  const made = picture(WIDTH, 18, label, ...parts);
  made.classList.add("interval");
  return made;
}

// Pairs by six hours over fourteen days, with a tick a day.
function pace(hours, last) {
  const STEP = 6;
  const sums = [];
  for (let start = 0; start < hours.length; start += STEP) {
    sums.push(hours.slice(start, start + STEP).reduce((sum, one) => sum + one, 0));
  }
  const most = Math.max(1, ...sums);
  const width = 560;
  const each = width / sums.length;
  const bars = sums.map((sum, place) => {
    const height = (sum / most) * 84;
    const end = new Date(new Date(last).getTime() - (sums.length - 1 - place) * STEP * 3_600_000);
    return draw(
      "rect",
      { class: "full", x: place * each + 1, y: 96 - height, width: each - 2, height },
      draw("title", { text: `${number(sum)} until ${moment(end)}` }),
    );
  });
  const days = [0, 7, 14].map((day) => draw("line", { class: "axis", x1: day * 40, x2: day * 40, y1: 96, y2: 100 }));
  const ground = draw("line", { class: "axis", x1: 0, x2: width, y1: 96.5, y2: 96.5 });
  const total = sums.reduce((sum, one) => sum + one, 0);
  return picture(width, 100, `${number(total)} pairs in 14 days, at most ${number(most)} in six hours`, ground, ...days, ...bars);
}

// How the labels of a criterion fell, as parts of one bar.
function fell(labels) {
  const total = Object.values(labels).reduce((sum, one) => sum + one, 0);
  let x = 0;
  const parts = Object.entries(labels).map(([choice, count], place) => {
    const width = total ? (100 * count) / total : 0;
    const made = draw(
      "rect",
      { class: `shade shade-${place % 6}`, x, width, height: 8 },
      draw("title", { text: `${choice}: ${number(count)}` }),
    );
    x += width;
    return made;
  });
  const label = Object.entries(labels).map(([choice, count]) => `${choice} ${number(count)}`).join(", ");
  return make(
    "div",
    { class: "fell" },
    picture(100, 8, label || say("no_labels"), draw("rect", { class: "ground", width: 100, height: 8 }), ...parts),
    make("span", { class: "hint", text: label }),
  );
}
