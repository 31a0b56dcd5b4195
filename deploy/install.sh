#!/bin/sh
# Installs what `make run` (run) or `make test` (test) needs and says in one sentence what it cannot.
set -eu
cd "$(dirname "$0")/.."
purpose=$1

packages="fonts-noto-cjk fonts-arphic-gkai00mp"
[ "$purpose" = test ] && packages="$packages chromium-headless-shell postgresql nginx-light pgbouncer r-cran-survey r-cran-haven libreoffice-writer-nogui libreoffice-calc-nogui"

missing=""
for package in $packages; do
  dpkg -s "$package" 2>/dev/null | grep -q '^Status: install ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
  else
    echo "缺少系统软件包，请管理员运行：sudo apt-get install$missing" >&2
  fi
fi

# What can be missing: root installs it, and where that fails one sentence says what is left out, and the rest goes on.
optional() {
  dpkg -s "$1" 2>/dev/null | grep -q '^Status: install ok installed' && return
  if [ "$(id -u)" = 0 ]; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >&2 && return
  fi
  echo "没有 $1：$2 其余照常；需要时请管理员运行：sudo apt-get install $1" >&2
}
optional ffmpeg "“听题”的录音按浏览器或文件原样保存，iPhone不能播放的不能发布。"
[ "$purpose" = test ] && optional firefox-esr "在Firefox里答题的测试跳过。"

requirements=requirements.txt
[ "$purpose" = test ] && requirements=requirements-dev.txt
python3 -c 'import venv, ensurepip' 2>/dev/null || {
  echo "缺少 python3-venv，请运行：sudo apt-get install python3-venv" >&2
  exit 2
}
[ -x .venv/bin/python ] || python3 -m venv .venv
stamp=.venv/.$purpose.sum
if ! sha256sum --status -c "$stamp" 2>/dev/null; then
  .venv/bin/pip install -q --disable-pip-version-check --require-hashes -r "$requirements"
  sha256sum "$requirements" >"$stamp"
fi

# The checkout itself is the program: a path entry and one small command, no package is built.
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
pwd >"$site/survey.pth"
cat >.venv/bin/survey <<COMMAND
#!/bin/sh
exec "$(pwd)/.venv/bin/python" -P -m survey_app.cli "\$@"
COMMAND
chmod +x .venv/bin/survey
