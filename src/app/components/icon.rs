//! Small pictures on buttons. They are always beside a name, so they say nothing by themselves.

use leptos::prelude::*;

/// A picture: strokes on a field of 20x20.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Play,
    Pause,
    Step,
    Menu,
    Reset,
    Link,
    Tour,
    Lock,
    Open,
    Done,
    Auto,
    Light,
    Dark,
    Undo,
    Redo,
    Up,
    Down,
    Table,
    Copy,
    Clear,
    Close,
    Previous,
    Next,
    Random,
    Pencil,
    Sliders,
    Layers,
    Curve,
    Warning,
    Race,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Play => "M6 4l10 6-10 6z",
            Self::Pause => "M6.5 4v12M13.5 4v12",
            Self::Step => "M5 4l8 6-8 6zM16 4v12",
            Self::Menu => "M5.500 8l4.500 4.500L14.500 8",
            Self::Reset => "M4 10a6 6 0 1 0 2-4.5M4 3v4h4",
            Self::Link => "M8 12l4-4M9 6l2-2a3.5 3.5 0 0 1 5 5l-2 2M11 14l-2 2a3.5 3.5 0 0 1-5-5l2-2",
            Self::Tour => "M5 17.500V3.500h10.500L13 7l2.500 3.500H5",
            Self::Lock => "M5 9.500h10V17H5zM7 9.500V7a3 3 0 0 1 6 0v2.500",
            Self::Open => "M10 4a6 6 0 1 0 0 12a6 6 0 1 0 0-12",
            Self::Done => "M4 10.5l4 4 8-9",
            Self::Auto => "M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14",
            Self::Light => {
                "M10 6.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7M10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6L16 16M16 4l-1.4 1.4M5.4 14.6L4 16"
            }
            Self::Dark => "M16.5 12A7 7 0 1 1 8 3.5a5.5 5.5 0 0 0 8.500 8.500z",
            Self::Undo => "M7 4L3.500 7.500 7 11M4 7.500h8a4.500 4.500 0 0 1 0 9H8",
            Self::Redo => "M13 4l3.500 3.500L13 11M16 7.500H8a4.500 4.500 0 0 0 0 9h4",
            Self::Up => "M10 16V5M5 9.500L10 4.500l5 5",
            Self::Down => "M10 4v11M5 10.500l5 5 5-5",
            Self::Table => "M3 4.500h14v11H3zM3 8.500h14M8.500 8.500v7",
            Self::Copy => "M7.500 7.500h9v9h-9zM4 12.500h-.5v-9h9V4",
            Self::Clear => "M4 6h12M8 6V4h4v2M6 6l.7 10.500h6.600L14 6",
            Self::Close => "M5 5l10 10M15 5L5 15",
            Self::Previous => "M12.5 4L6.500 10l6 6",
            Self::Next => "M7.5 4l6 6-6 6",
            Self::Random => {
                "M3 6h2.500l7 8H17M3 14h2.500l7-8H17M14.500 3.500L17 6l-2.500 2.500M14.500 11.500L17 14l-2.500 2.500"
            }
            Self::Pencil => "M4 16l.8-3.200L13.500 4.100a1.700 1.700 0 0 1 2.400 2.400L7.200 15.200z",
            Self::Sliders => "M3 6h7M14 6h3M12 4v4M3 14h3M10 14h7M8 12v4",
            Self::Layers => "M10 3l7 4-7 4-7-4zM3 10.500l7 4 7-4M3 13.500l7 4 7-4",
            Self::Curve => "M3 3v14h14M6 7c2 6 5 6.500 10 7",
            Self::Race => "M5 17V3.500M5 4h10.500l-2.500 3.500 2.500 3.500H5",
            Self::Warning => "M10 3.500l7.500 13h-15zM10 8v4M10 14.200v.1",
        }
    }
}

/// A picture beside a name.
pub fn icon(icon: Icon) -> impl IntoView {
    let class = if matches!(icon, Icon::Play) {
        "icon icon-solid"
    } else {
        "icon"
    };
    view! {
        <svg class=class viewBox="0 0 20 20" aria-hidden="true">
            <path d=icon.path()></path>
        </svg>
    }
}
