// Sliders above a figure. The kernel draws the figure for the sliders' values; the next values go to
// the kernel when the figure for the last ones is here, so that a fast hand leaves no queue behind.

const PATIENCE = 10000;  // milliseconds without an answer

function render({ model, el }) {
  const figure = make("div", { class: "movable-figure", "aria-live": "polite" });
  const status = make("p", { class: "movable-status", role: "status" });
  const controls = model.get("controls").map(({ label, options }, index) => {
    const input = make("input", { type: "range", min: 0, max: options.length - 1, step: 1,
      "aria-label": label, "data-lm-suppress-shortcuts": "true" });
    const readout = make("span", { class: "movable-readout", "aria-hidden": "true" });
    const show = () => {
      const text = options[Number(input.value)];
      readout.textContent = text;
      input.setAttribute("aria-valuetext", text);
    };
    input.value = model.get("values")[index];
    input.oninput = () => { show(); move(); };
    show();
    return { input, readout, label };
  });
  let waiting, moved = false;

  function move() {
    moved = true;
    if (waiting !== undefined) return;
    moved = false;
    waiting = setTimeout(() => answered("There is no answer. Run this cell again."), PATIENCE);
    model.send({ values: controls.map(({ input }) => Number(input.value)) });
  }

  function answered(words) {
    clearTimeout(waiting);
    waiting = undefined;
    status.textContent = words;
    if (moved) move();
  }

  const draw = () => { figure.innerHTML = model.get("figure"); };
  const receive = ({ message }) => answered(message);
  model.on("change:figure", draw);
  model.on("msg:custom", receive);
  draw();
  el.append(make("section", { class: "movable", "aria-label": "A figure to move" },
    ...controls.map(({ input, readout, label }) =>
      make("label", { class: "movable-control" }, make("span", {}, label), input, readout)),
    status, figure));
  return () => {
    clearTimeout(waiting);
    model.off("change:figure", draw);
    model.off("msg:custom", receive);
  };
}

export default { render };
