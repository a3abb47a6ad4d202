//! Which tab saves: one at a time holds a lock of the browser's (Web Locks). Browsers without them let every tab save.

use js_sys::{Array, Object, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

const NAME: &str = "digit-lab-save";

#[wasm_bindgen]
extern "C" {
    type Locks;

    #[wasm_bindgen(method, catch)]
    fn request(this: &Locks, name: &str, options: &JsValue, granted: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn query(this: &Locks) -> Result<Promise, JsValue>;
}

fn locks() -> Option<Locks> {
    let locks = Reflect::get(&window().navigator(), &"locks".into()).ok()?;
    locks.is_object().then(|| locks.unchecked_into())
}

/// Takes the lock if nobody has it, or takes it away; true where this tab has it then. `lost` is told when another takes
/// it away.
pub async fn hold(steal: bool, lost: impl FnOnce() + 'static) -> bool {
    let Some(locks) = locks() else { return true };
    let options = Object::new();
    let option = if steal { "steal" } else { "ifAvailable" };
    // A fresh object takes every property.
    let _ = Reflect::set(&options, &option.into(), &JsValue::TRUE);
    let mut request = None;
    let granted = Promise::new(&mut |resolve, _| {
        let granted = Closure::once_into_js(move |lock: JsValue| {
            let has = !lock.is_null();
            // Calling what resolves a promise never fails.
            let _ = resolve.call1(&JsValue::NULL, &has.into());
            // Held for as long as the page lives: this promise is never kept.
            if has {
                Promise::new(&mut |_, _| ()).into()
            } else {
                JsValue::UNDEFINED
            }
        });
        request = locks.request(NAME, &options, &granted).ok();
    });
    let Some(request) = request else { return true };
    spawn_local(async move {
        if JsFuture::from(request).await.is_err() {
            lost();
        }
    });
    JsFuture::from(granted).await.is_ok_and(|has| has.is_truthy())
}

/// Whether some tab holds the lock.
pub async fn is_held() -> bool {
    let Some(Ok(query)) = locks().map(|locks| locks.query()) else {
        return false;
    };
    let Ok(state) = JsFuture::from(query).await else {
        return false;
    };
    let held = Reflect::get(&state, &"held".into()).unwrap_or_default();
    let name = |lock: JsValue| Reflect::get(&lock, &"name".into()).ok()?.as_string();
    Array::from(&held)
        .iter()
        .any(|lock| name(lock).as_deref() == Some(NAME))
}
