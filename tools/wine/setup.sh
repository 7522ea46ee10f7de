#!/usr/bin/env bash
# Windows Python with pywin32 under Wine, from Debian's and PyPI's packages only; a second time changes nothing.
#
#   tools/wine/setup.sh PYTHON FOLDER
#
# PYTHON is a Python that has pip. FOLDER gets python/ (python.exe), prefix/ (Wine's) and build/. The extension modules and
# python311.dll are those of python.org; they come in the wheel of panda3d, the standard library in Python itself or in
# Debian's package. The programs python.exe and pythonw.exe, 15 KB each, are compiled here.
set -euo pipefail
readonly PYTHON=$1 FOLDER=$(realpath -m "$2") HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly BUILD=$FOLDER/build WINDOWS=$FOLDER/python CC="x86_64-w64-mingw32-gcc -O2 -s"
export WINEPREFIX=$FOLDER/prefix WINEDEBUG=-all WINEARCH=win64 WINEDLLOVERRIDES="mscoree,mshtml="
unset TZ # Windows' C runtime would misread it

say() { printf '%s\n' "$*" >&2; }
stop() { printf 'tools/wine/setup.sh: %s\n' "$*" >&2; exit 2; }

# python311.dll and the standard library have to be of one Python: 3.11.7, or Debian's 3.11, which works as well.
find_standard_library() {
    if [ "$("$PYTHON" -c 'import platform; print(platform.python_version())')" = 3.11.7 ]; then
        "$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))'
        return
    fi
    mkdir -p "$BUILD/debian"
    (
        cd "$BUILD/debian"
        apt-get -qq download libpython3.11-stdlib libpython3.11-minimal >/dev/null 2>&1 || exit 1
        for package in ./*.deb; do dpkg-deb -x "$package" .; done
    ) || stop "the standard library of Python 3.11 is not to be had: neither this Python is 3.11.7, nor has apt-get libpython3.11-stdlib"
    echo "$BUILD/debian/usr/lib/python3.11"
}

download() {
    "$PYTHON" -m pip --quiet --disable-pip-version-check download --no-deps --require-hashes --only-binary=:all: \
        --platform win_amd64 --python-version 3.11 --implementation cp --dest "$BUILD/wheels" --requirement "$HERE/$1"
}

assemble_python() {
    local library=$1 parts=$BUILD/parts
    mkdir -p "$WINDOWS/DLLs" "$WINDOWS/Lib"
    download interpreter.txt
    unzip -qjo "$BUILD"/wheels/panda3d-*.whl 'deploy_libs/*' -d "$parts"
    grep -aq 'tags/v3.11.7' "$parts/python311.dll" || stop "python311.dll is not of Python 3.11.7"
    cp "$parts/python311.dll" "$WINDOWS/"
    cp "$parts/VCRUNTIME140.dll" "$WINDOWS/vcruntime140.dll"
    cp "$parts"/*.pyd "$parts"/libffi-8.dll "$parts"/libcrypto-3.dll "$parts"/libssl-3.dll "$parts"/sqlite3.dll "$WINDOWS/DLLs/"
    tar -C "$library" -cf - --exclude=__pycache__ --exclude=./test --exclude=./lib-dynload --exclude=./site-packages \
        --exclude='./config-*' --exclude=./idlelib --exclude=./turtledemo --exclude='_sysconfigdata*' . | tar -C "$WINDOWS/Lib" -xf -
    mkdir -p "$WINDOWS/Lib/site-packages"
    $CC -municode -o "$WINDOWS/python.exe" "$HERE/native/python.c" "$WINDOWS/python311.dll"
    $CC -municode -mwindows -DWINDOWED -o "$WINDOWS/pythonw.exe" "$HERE/native/python.c" "$WINDOWS/python311.dll"
    gendef - "$WINDOWS/python311.dll" 2>/dev/null | awk 'BEGIN { print "LIBRARY python3.dll\nEXPORTS" }
        /^_?Py/ { print $1 "=python311." $1 ($2 == "DATA" ? " DATA" : "") }' >"$BUILD/python3.def"
    x86_64-w64-mingw32-gcc -shared -nostdlib -s -e DllMainCRTStartup -o "$WINDOWS/python3.dll" "$HERE/native/python3.c" "$BUILD/python3.def"
    $CC -shared -o "$BUILD/bcryptprimitives.dll" "$HERE/native/bcryptprimitives.c" -ladvapi32
}

install_libraries() {
    "$PYTHON" -m pip --quiet --disable-pip-version-check install --no-deps --require-hashes --only-binary=:all: --no-compile \
        --platform win_amd64 --python-version 3.11 --implementation cp --target "$WINDOWS/Lib/site-packages" --upgrade \
        --requirement "$HERE/requirements.txt"
}

# What Wine's type library compiler needs, without the 100 MB of the whole package.
unpack_interface_definitions() {
    mkdir -p "$BUILD/libwine"
    (
        cd "$BUILD/libwine"
        apt-get -qq download libwine-dev >/dev/null 2>&1 || exit 1
        dpkg-deb -x libwine-dev_*.deb .
        mkdir -p "$BUILD/idl"
        cp usr/include/wine/wine/windows/*.idl "$BUILD/idl/"
    ) || stop "apt-get could not download libwine-dev"
    rm -rf "$BUILD/libwine"
}

make_prefix() {
    local try
    for try in 1 2; do
        # A Wine that was ended a moment ago may still be in the way.
        timeout 180 wine wineboot -i >/dev/null 2>&1 </dev/null && break
        [ $try = 1 ] || stop "Wine could not make its folder $WINEPREFIX"
        timeout 60 /usr/lib/wine/wineserver64 -w || true
        rm -rf "$WINEPREFIX"
    done
    timeout 60 /usr/lib/wine/wineserver64 -w
    cp "$BUILD/bcryptprimitives.dll" "$WINEPREFIX/drive_c/windows/system32/"
}

state="$(cat "$HERE"/*.txt "$HERE"/native/* "${BASH_SOURCE[0]}" | cksum) $FOLDER"
if [ "$(cat "$FOLDER/complete" 2>/dev/null)" != "$state" ]; then
    started=$SECONDS
    say "Making Windows Python under Wine in $FOLDER"
    [ ! -d "$WINEPREFIX" ] || timeout 30 /usr/lib/wine/wineserver64 -k || true
    rm -rf "$FOLDER"
    mkdir -p "$BUILD"
    # With its output to a file, nobody reads a path from what apt-get or tar print.
    library=$(find_standard_library)
    assemble_python "$library"
    install_libraries
    unpack_interface_definitions
    make_prefix
    rm -rf "$BUILD/parts" "$BUILD/wheels" "$BUILD/debian"
    echo "$state" >"$FOLDER/complete"
    say "Windows Python is ready. It took $((SECONDS - started)) s."
fi
