"""The key that signs the county's packages: one a store, in the data folder, for its owner alone."""

from pathlib import Path

from nacl.bindings import crypto_sign_SEEDBYTES
from nacl.signing import SigningKey

from reports.packages.package_words import load_package_words
from survey_app.core.errors import StorageError
from survey_app.rounds.key_files import load_or_make_secret

FOLDER = "signing"
FILE = "county.key"


def load_or_make_signing_key(folder: Path) -> SigningKey:
    """The store's key, made at its first use; raises StorageError where its file holds anything else."""
    path = folder / FOLDER / FILE
    try:
        return SigningKey(load_or_make_secret(path, crypto_sign_SEEDBYTES))
    except ValueError:
        raise StorageError(load_package_words().bad_key.format(file=path)) from None
