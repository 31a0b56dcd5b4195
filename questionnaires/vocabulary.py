"""Every closed list of the project, a value a line: what is stored and its words, which stand nowhere else."""

from questionnaires.speech import Speech as Speech
from questionnaires.term import Term as Term
from questionnaires.term import place_in_list as place_in_list
from questionnaires.term import words as words


class Group(Term):
    """Whom the survey asks (调查对象), in the order everything lists them."""

    STUDENT = "student", "学生", "pupil"
    PARENT = "parent", "家长", "parent"
    TEACHER = "teacher", "教师", "teacher"
    PRINCIPAL = "principal", "校长", "principal"
    DEPUTY = "deputy", "人大代表", "people's-congress deputy"
    CPPCC = "cppcc", "政协委员", "CPPCC member"
    PUBLIC = "public", "其他群众", "member of the public"


class PaperKind(Term):
    """A paper by who answers it (问卷)."""

    SOCIAL = "social", "社会卷", "social paper"
    STAFF = "staff", "校长教师卷", "staff paper"
    STUDENT = "student", "学生卷", "pupils' paper"


class Stage(Term):
    """A stage of compulsory education (学段)."""

    PRIMARY = "primary", "小学", "primary"
    JUNIOR = "junior", "初中", "junior secondary"


class ReportedStage(Term):
    """What a row of a resources or county file may speak of."""

    PRIMARY = "primary", "小学", "primary"
    JUNIOR = "junior", "初中", "junior secondary"
    SENIOR = "senior", "高中", "senior secondary"
    WHOLE = "whole", "全校", "whole school"
    SPECIAL = "special", "特殊教育", "special education"


class Locale(Term):
    """City, town or village (城乡)."""

    CITY = "city", "城区", "city"
    TOWN = "town", "镇区", "town"
    VILLAGE = "village", "乡村", "village"


class SchoolKind(Term):
    """What kind of school it is (办学类型)."""

    PRIMARY = "primary", "小学", "primary school"
    JUNIOR = "junior", "初中", "junior secondary school"
    NINE_YEAR = "nine_year", "九年一贯制", "nine-year school"
    TWELVE_YEAR = "twelve_year", "十二年一贯制", "twelve-year school"
    COMPLETE_SECONDARY = "complete_secondary", "完全中学", "complete secondary school"
    POINT = "point", "教学点", "teaching point"
    SPECIAL = "special", "特殊教育", "special school"
    VOCATIONAL = "vocational", "职业学校", "vocational school"


class Ownership(Term):
    """Who runs a school (办学性质)."""

    PUBLIC = "public", "公办", "public"
    PRIVATE = "private", "民办", "private"


class CodeKind(Term):
    """How a batch's codes reach people, or that its forms came in a file."""

    SLIP = "slip", "一人一码", "slip"
    CLASS = "class", "班级码", "class code"
    PUBLIC = "public", "公共码", "public code"
    PAPER = "paper", "纸质问卷", "printed form"
    REVISIT = "revisit", "回访答题条", "re-contact slip"
    OPINION = "opinion", "意见征集码", "opinion code"
    IMPORTED = "imported", "外部导入", "imported forms"


class RoundState(Term):
    """Where a round stands (本次调查)."""

    DRAFT = "draft", "准备中", "being prepared"
    WAITING_FOR_SHEETS = "waiting_for_sheets", "等待试用启封密钥单", "waiting for its key sheets"
    OPEN = "open", "进行中", "open"
    PAUSED = "paused", "已暂停", "paused"
    CLOSED = "closed", "已结束", "closed"
    CANCELLED = "cancelled", "已取消", "cancelled"


class BatchState(Term):
    """In whose hands a batch of codes is (发放批次)."""

    MADE = "made", "已制作", "made"
    HANDED_OVER = "handed_over", "已交接", "handed over"
    VOID = "void", "已作废", "void"


class HandOverMeans(Term):
    """How codes come to whoever hands them on (交接方式); who is met signs for the number."""

    IN_PERSON = "in_person", "当面", "in person"
    MEETING = "meeting", "会议", "at a meeting"
    EXCHANGE = "exchange", "公文交换", "by the exchange of documents"
    FILE = "file", "电子文件由学校自印", "as a file that the school prints"


class JobState(Term):
    """How far long work has come (任务)."""

    ASKED = "asked", "等待另一人确认", "waiting for a second person"
    WAITING = "waiting", "排队中", "waiting"
    RUNNING = "running", "进行中", "running"
    DONE = "done", "已完成", "done"
    FAILED = "failed", "没有做成", "failed"


class JobKind(Term):
    """Long work that a process of its own does (任务)."""

    SLIPS = "slips", "一人一码答题条", "slips"
    MORE = "more", "加印答题条", "more slips"
    CLASS = "class", "班级码", "class codes"
    PUBLIC = "public", "公共码", "public codes"
    OPINION = "opinion", "意见征集码", "opinion codes"
    USUAL = "usual", "通常的发法", "codes the usual way"
    REVISIT = "revisit", "回访名单和答题条", "re-contact list and slips"
    CLOSE = "close", "结束调查并启封统计", "close of the round"
    REPORT = "report", "报告", "report"
    EXPORT = "export", "数据表", "tables"
    BUNDLE = "bundle", "复算材料包", "evidence bundle"
    SHEETS = "sheets", "一校一策", "sheets of all schools"

    @property
    def is_result(self) -> bool:
        """Whether it writes results of a closed round."""
        return self in (JobKind.REPORT, JobKind.EXPORT, JobKind.BUNDLE, JobKind.SHEETS)

    @property
    def makes_codes(self) -> bool:
        """Whether it makes codes, which are void when it fails."""
        return not self.is_result and self != JobKind.CLOSE


class Custody(Term):
    """Where the key of a round's sealed answers is (密钥保管)."""

    SERVER = "server", "服务器保管", "kept by the server"
    SHARED = "shared", "三人分持（任意两张可启封）", "shared, two of three open it"


class Mode(Term):
    """The way a form came in (作答方式)."""

    PHONE = "phone", "手机填答", "phone"
    TYPED = "typed", "纸质问卷录入", "typed from paper"
    IMPORTED = "imported", "外部导入", "imported"
    REVISIT = "revisit", "回访", "re-contact"
    OPINION = "opinion", "意见征集", "opinion"


class AnswerCoding(Term):
    """How the answers of a file were written (答案的写法)."""

    TEXT = "text", "选项文字", "options in words"
    BEST_IS_5 = "best-is-5", "数字，5为最满意", "numbers, 5 the best"
    BEST_IS_1 = "best-is-1", "选项序号，1为最满意", "numbers of options, 1 the best"


class Role(Term):
    """What somebody may do in the console (角色)."""

    ADMINISTRATOR = "administrator", "管理员", "administrator"
    COUNTY = "county", "区县工作人员", "county official"
    TOWNSHIP = "township", "乡镇工作人员", "township official"
    UNIT = "unit", "单位联系人", "unit contact"
    ANALYST = "analyst", "统计分析员", "analyst"


class DrawnUnit(Term):
    """What is drawn at one stage of a sample (抽样单位)."""

    SCHOOL = "school", "学校", "school"
    CLASS = "class", "班级", "class"
    PERSON = "person", "个人", "person"


class DrawMethod(Term):
    """How the units of one stage are drawn (抽样方法)."""

    SRS = "srs", "简单随机抽取", "simple random sample"
    SYSTEMATIC = "systematic", "等距抽取", "systematic sample"
    PPS = "pps", "按规模成比例抽取", "sample in proportion to size"
    ALL = "all", "全部邀请", "all invited"
    OPEN = "open", "公开征集", "open to whoever comes"


class Dimension(Term):
    """The four dimensions of the evaluation (维度)."""

    RESOURCES = "resources", "资源配置", "resources"
    GUARANTEE = "guarantee", "政府保障程度", "government guarantee"
    QUALITY = "quality", "教育质量", "education quality"
    RECOGNITION = "recognition", "社会认可度", "social recognition"


class Verdict(Term):
    """What the county's own check says of one thing (自评结论)."""

    MET = "met", "达到", "met"
    NOT_MET = "not_met", "未达到", "not met"
    UNDETERMINED = "undetermined", "暂不作结论", "undetermined"


class Evidence(Term):
    """How far a rate may be believed against the threshold (结论的可靠程度); docs/method.md, section 6, says when."""

    ESTABLISHED_ABOVE = "established_above", "高于评估线", "established above"
    ABOVE_AMONG_ANSWERED = "above_among_answered", "就已回收的有效答卷而言高于评估线", "above among those who answered"
    NOT_DISTINGUISHABLE = "not_distinguishable", "尚不足以判断是否高于评估线", "not distinguishable"
    BELOW_AMONG_ANSWERED = "below_among_answered", "就已回收的有效答卷而言低于评估线", "below among those who answered"
    ESTABLISHED_BELOW = "established_below", "低于评估线", "established below"


class TargetStatus(Term):
    """How a value stands to a plan's target of a year (规划目标)."""

    ON_TRACK = "on_track", "进度正常", "on track"
    BEHIND = "behind", "落后", "behind"
    MISSING = "missing", "缺数据", "no value"
    NOT_DUE = "not_due", "未到期", "not due"
    BY_HAND = "by_hand", "须人工核实", "to be checked by hand"


class ProblemSource(Term):
    """Who found a problem (问题来源)."""

    JUDGE = "judge", "县级自评", "the county's own judgement"
    CITY = "city", "市级复核", "review by the city"
    INSPECTION = "inspection", "督导检查", "inspection"
    SURVEY = "survey", "社会认可度调查", "survey"
    PROJECT = "project", "建设项目", "building project"
    HAND = "hand", "手工登记", "entered by hand"


class ProblemState(Term):
    """Where a problem of the register stands (问题)."""

    OPEN = "open", "整改中", "open"
    APPLIED = "applied", "已申请销号", "closing applied for"
    CLOSED = "closed", "已销号", "closed"


class OwnText(Term):
    """What an office writes itself for its report (报告文字)."""

    PRACTICE = "practice", "主要做法", "what was done"
    RESULTS = "results", "工作成效", "what came of it"
    CAUSES = "causes", "原因分析", "causes"
    NEXT_STEPS = "next_steps", "下一步打算", "next steps"


class ProcessKind(Term):
    """How evidence of a process came about (过程性材料)."""

    INTERVIEW = "interview", "访谈", "interview"
    MEETING = "meeting", "会议", "meeting"
    VISIT = "visit", "实地查看", "visit"
    READING = "reading", "查阅资料", "reading of files"
    OTHER = "other", "其他", "other"


class Operator(Term):
    """How a value is held against a threshold."""

    AT_LEAST = ">=", "不低于", "at least"
    ABOVE = ">", "高于", "above"
    AT_MOST = "<=", "不超过", "at most"
    BELOW = "<", "低于", "below"


VOCABULARIES: tuple[type[Term], ...] = tuple(Term.__subclasses__())


def vocabulary_problems() -> list[str]:
    """One sentence for every value that lacks a word, and for every word that two values of a list share."""
    problems: list[str] = []
    for found in VOCABULARIES:
        said = [term.zh for term in found]
        lacking = (term.value for term in found if not (term.zh and term.en))
        problems += [f"{found.__name__}: {value} lacks a word in Chinese or English" for value in lacking]
        problems += [f"{found.__name__}: {word} names two values" for word in set(said) if said.count(word) > 1]
    return problems
