"""The key that signs the county's packages: one a store, in the data folder, for its owner alone."""

from contextlib import suppress
from pathlib import Path

from nacl.signing import SigningKey

from reports.packages.package_words import load_package_words
from survey_app.core.errors import StorageError
from survey_app.rounds.key_files import write_new

FOLDER = "signing"
FILE = "county.key"


def find_signing_key(folder: Path) -> SigningKey:
    """The store's key, made at its first use; raises StorageError where its file holds anything else."""
    path = folder / FOLDER / FILE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        write_new(path, bytes(SigningKey.generate()).hex())
    try:
        return SigningKey(bytes.fromhex(path.read_text(encoding="ascii")))
    except (ValueError, TypeError):
        raise StorageError(load_package_words().bad_key.format(file=path)) from None
