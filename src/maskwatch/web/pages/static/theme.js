// Runs before anything is painted, so that a page never flashes in the other colours.
(() => {
  const kept = window.localStorage.getItem("maskwatch-theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
})();
