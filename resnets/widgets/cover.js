// An image of which a learner covers a place, by a click or with the arrow keys; the kernel answers
// with the probabilities. The next place goes to the kernel when its last answer is here.

const KEYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function render({ model, el }) {
  const spec = model.get("spec");
  const { list, show } = bars(spec.classes);
  const canvas = make("canvas", { class: "cover-image" });
  const frame = make("div", { class: "cover-frame" });
  const stage = make("div", { class: "live-stage cover-stage", tabindex: 0, role: "application",
    "aria-label": "The image. The arrow keys move the cover, and Escape takes it off.",
    "data-lm-suppress-shortcuts": "true" }, canvas, frame);
  const status = make("p", { class: "live-status", role: "status", "aria-live": "polite" });
  const off = button("Take the cover off", () => place(null), { "data-lm-suppress-shortcuts": "true" });
  el.append(make("section", { class: "live", "aria-label": "Cover a place" },
    make("div", { class: "live-answer" }, stage,
      make("div", { class: "live-side" }, status, list, off))));
  let here = null, waiting = false, next;

  function place(position) {
    next = position;
    if (waiting) return;
    waiting = true;
    model.send({ position: next });
    next = undefined;
  }

  function at(event) {
    const box = stage.getBoundingClientRect();
    const cell = (share) => Math.min(spec.places - 1, Math.max(0, Math.floor(share * spec.places)));
    return [cell((event.clientY - box.top) / box.height), cell((event.clientX - box.left) / box.width)];
  }
  stage.onpointerdown = (event) => {
    event.preventDefault();
    stage.focus({ preventScroll: true });
    stage.setPointerCapture(event.pointerId);
    place(at(event));
    stage.onpointermove = (moved) => place(at(moved));
  };
  stage.onpointerup = stage.onpointercancel = () => { stage.onpointermove = null; };
  stage.onkeydown = (event) => {
    if (event.key === "Escape") place(null);
    else if (event.key in KEYS) {
      const from = here ?? [spec.places / 2, spec.places / 2];
      place(from.map((x, k) => Math.min(spec.places - 1, Math.max(0, x + KEYS[event.key][k]))));
    } else return;
    event.preventDefault();
  };

  const receive = (message, buffers) => {
    waiting = false;
    here = message.position;
    paintImage(canvas, spec.size, bytes(buffers[0]));
    show(message.probabilities);
    status.textContent = message.text;
    frame.hidden = here === null;
    if (here) [frame.style.top, frame.style.left] = here.map((x) => `${(100 * x) / spec.places}%`);
    frame.style.width = frame.style.height = `${100 / spec.places}%`;
    if (next !== undefined) place(next);
  };
  model.on("msg:custom", receive);
  place(null);
  return () => model.off("msg:custom", receive);
}

export default { render };
