// What several widgets share: elements, images as bytes, and bars of probabilities.

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function button(words, action, attributes = {}) {
  const node = make("button", { type: "button", ...attributes }, words);
  node.onclick = action;
  return node;
}

const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

function paint(canvas, side, colour) {
  canvas.width = canvas.height = side;
  const image = new ImageData(side, side);
  for (let i = 0; i < side * side; i += 1) image.data.set(colour(i), 4 * i);
  canvas.getContext("2d").putImageData(image, 0, 0);
}

const paintImage = (canvas, size, rgb) => paint(canvas, size,
  (i) => [rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2], 255]);

function bars(classes) {
  const rows = Array.from({ length: classes }, (_, index) => {
    const bar = make("span", { class: "live-bar" });
    const percent = make("span", { class: "live-percent" });
    const row = make("li", {}, make("span", { class: "live-class" }, index),
      make("span", { class: "live-track", "aria-hidden": "true" }, bar), percent);
    return { row, bar, percent };
  });
  const list = make("ul", { class: "live-bars", "aria-label": "Probability of each sign" },
    ...rows.map(({ row }) => row));
  const show = (probabilities) => probabilities.forEach((share, index) => {
    rows[index].bar.style.width = `${100 * share}%`;
    rows[index].percent.textContent = `${(100 * share).toFixed(1)} %`;
    rows[index].row.classList.toggle("live-best", share === Math.max(...probabilities));
  });
  return { list, show };
}
