# Shared by the scripts beside it: sourced, never run. Every script works from any folder and on any clone.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
CARGO_BIN=${CARGO_HOME:-$HOME/.cargo}/bin
export PATH="$ROOT/scripts/bin:$CARGO_BIN:$PATH"
# Trunk 0.21 reads NO_COLOR as a flag that wants true or false, and stops at the usual "1".
unset NO_COLOR

WASM_TARGET=wasm32-unknown-unknown

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# True where the version $1 is at least $2.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# The first version number in what a command prints, or nothing.
version_of() { "$@" 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1 || true; }

# The version of a crate in Cargo.lock.
locked() { awk -v name="\"$1\"" '$1 == "name" && $3 == name { getline; gsub(/"/, "", $3); print $3; exit }' Cargo.lock; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; elif have sudo; then sudo "$@"; else fail "this needs root: $*"; fi; }

# Installs Debian packages, where this is a Debian-like machine; fails otherwise.
apt_install() {
  have apt-get || return 1
  say "installing with apt-get: $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null 2>&1 && return
  as_root apt-get update -qq >/dev/null
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null
}

# True where trunk could download its tools; where not, `trunk --offline` takes those on PATH at once.
can_download() { [ ! -f rust-toolchain.toml ]; }

# What a real browser needs: Chromium, and the packages that drive it.
browser_tools() {
  have node && have npm || fail "Node.js 20 or newer with npm is missing: install it, then run this again"
  have chromium || have chromium-browser || have google-chrome || apt_install chromium ||
    fail "Chromium is missing: install chromium or google-chrome"
  if [ ! tests/e2e/node_modules -nt tests/e2e/package-lock.json ]; then
    say "installing the browser test packages from npm"
    npm ci --silent --no-fund --no-audit --prefix tests/e2e ||
      fail "npm could not install the packages of tests/e2e/package-lock.json"
    touch tests/e2e/node_modules
  fi
}

# The release build, made again where a source is newer.
release_build() {
  local sources=(src style public scripts/seal index.html Trunk.toml Cargo.toml Cargo.lock) offline=()
  if [ -f dist/index.html ] && [ -z "$(find "${sources[@]}" -newer dist/index.html 2>/dev/null)" ]; then return; fi
  can_download || offline=(--offline)
  say "building for release"
  trunk build --release "${offline[@]}"
}
