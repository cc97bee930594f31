//! The look of our own windows of GTK: a style sheet for one window and all that is in it.

use gtk::prelude::*;

/// Gives a window and its widgets this style sheet. One that GTK cannot read changes nothing.
pub fn dress(window: &gtk::Window, sheet: &str) {
    let provider = gtk::CssProvider::new();
    if let Err(error) = provider.load_from_data(sheet.as_bytes()) {
        return tracing::warn!(%error, "a style sheet was not read");
    }
    dress_all(window.upcast_ref(), &provider);
}

fn dress_all(widget: &gtk::Widget, provider: &gtk::CssProvider) {
    widget.style_context().add_provider(provider, gtk::STYLE_PROVIDER_PRIORITY_APPLICATION);
    if let Some(container) = widget.downcast_ref::<gtk::Container>() {
        for child in container.children() {
            dress_all(&child, provider);
        }
    }
}
