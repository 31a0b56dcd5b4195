import pickle
import re

import pytest

from reports.setting.typesetting import FontMissingError, Typefaces, choose_typefaces


def test_without_a_chinese_typeface_setting_is_refused_in_one_chinese_sentence():
    with pytest.raises(FontMissingError) as missing:
        choose_typefaces({"DejaVu Sans", "Libertinus Serif"})
    assert re.fullmatch("[^。]*没有找到中文字体[^。]*。", str(missing.value))
    assert str(pickle.loads(pickle.dumps(missing.value))) == str(missing.value)


def test_a_face_that_is_not_installed_is_stood_in_for():
    assert choose_typefaces({"Noto Sans CJK SC", "Noto Serif CJK SC"}) == Typefaces(
        sans="Noto Sans CJK SC", serif="Noto Serif CJK SC", kai="Noto Serif CJK SC"
    )


def test_a_kai_face_is_used_where_there_is_one():
    assert choose_typefaces({"LXGW WenKai", "Noto Serif CJK SC"}).kai == "LXGW WenKai"
