// Deleting for good asks first. Without scripts the server asks, with a page of its own.

export function askBeforeDeleting() {
  const dialog = document.getElementById("delete-dialog");
  if (!dialog?.showModal) return;
  let waiting = null;
  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.("[data-confirm-delete]");
    if (!form || form.elements.confirm) return;
    event.preventDefault();
    waiting = form;
    dialog.querySelector("[data-delete-name]").textContent = form.dataset.name;
    dialog.returnValue = "cancel";
    dialog.showModal();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close("cancel");
  });
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "delete" && waiting) {
      const confirm = document.createElement("input");
      confirm.type = "hidden";
      confirm.name = "confirm";
      confirm.value = "yes";
      waiting.append(confirm);
      waiting.requestSubmit();
    }
    waiting = null;
  });
}
