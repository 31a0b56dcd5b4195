import pytest

from reports.setting.filing import name_files


@pytest.mark.parametrize(
    ("name", "filed"),
    [
        ("城关小学", "城关小学"),
        ("一小/分校", "一小_分校"),
        ("../../etc", "_.._etc"),
        ('<a>:"b"\\|c?*', "_a___b___c__"),
        (" 末尾有点. ", "末尾有点"),
        ("换\n行", "换_行"),
        ("合同\u202efdp\u200b.pdf", "合同fdp.pdf"),
        ("..", "_"),
        ("", "_"),
    ],
)
def test_a_name_becomes_one_safe_part_of_a_path(name, filed):
    assert name_files([name]) == [filed]


def test_names_that_a_file_system_would_confuse_stay_apart():
    assert name_files(["A班", "a班", "A班", "A班-2"]) == ["A班", "a班-2", "A班-3", "A班-2-2"]


def test_a_long_chinese_name_stays_within_the_255_bytes_of_a_file_name():
    first, second = name_files(["长" * 200, "长" * 200])
    assert len(f"{second} 群通知.txt".encode()) <= 255
    assert first != second
