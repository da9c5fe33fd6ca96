"""Short invented texts in four languages, enough of them for every stage to have something to judge."""

from __future__ import annotations

LANGUAGES = ("de", "en", "fr", "zh")
DOCUMENTS = 24  # a language

_GROUPS = {
    "en": ("nurses", "farmers", "pupils", "pensioners", "carpenters", "refugees"),
    "de": ("Pflegekräfte", "Landwirte", "Schüler", "Rentner", "Tischler", "Flüchtlinge"),
    "fr": ("infirmières", "agriculteurs", "élèves", "retraités", "menuisiers", "réfugiés"),
    "zh": ("护士", "农民", "学生", "老人", "工人", "难民"),
}
_PLACES = {
    "en": ("Northport", "Alderby", "Wexcombe", "Wales"),
    "de": ("Nordhafen", "Erlstadt", "Wiesental", "Bremen"),
    "fr": ("Portnord", "Aulneville", "Valclair", "Berlin"),
    "zh": ("北港", "林城", "河谷", "上海"),
}
_CLAIMS = {
    "en": (
        "The state must protect the freedom of the {who} in {where}.",
        "We should never give up the dignity of the {who} of {where}.",
        "Justice for the {who} in {where} must not depend on money.",
        "Every government must defend the equality of the {who} around {where}.",
        "Parliament should support solidarity with the {who} near {where}.",
        "The security of the 8 {who} in {where} must come before profit.",
    ),
    "de": (
        "Der Staat muss die Freiheit der {who} in {where} schützen.",
        "Wir dürfen die Würde der {who} von {where} niemals aufgeben.",
        "Gerechtigkeit für die {who} in {where} darf nicht vom Geld abhängen.",
        "Jede Regierung muss die Gleichheit der {who} um {where} verteidigen.",
        "Das Parlament soll die Solidarität mit den {who} bei {where} unterstützen.",
        "Die Sicherheit der 8 {who} in {where} muss vor dem Gewinn kommen.",
    ),
    "fr": (
        "L'État doit protéger la liberté des {who} de {where}.",
        "Nous ne devons jamais abandonner la dignité des {who} à {where}.",
        "La justice pour les {who} de {where} ne doit pas dépendre de l'argent.",
        "Chaque gouvernement doit défendre l'égalité des {who} autour de {where}.",
        "Le Parlement doit soutenir la solidarité avec les {who} près de {where}.",
        "La sécurité des 8 {who} à {where} doit passer avant le profit.",
    ),
    "zh": (
        "国家必须保护{where}的{who}的自由。",
        "我们绝不能放弃{where}的{who}的尊严。",
        "对{where}的{who}的公平正义不应取决于金钱。",
        "各级政府必须维护{where}附近{who}的平等权利。",
        "议会应当支持同{where}的{who}团结互助。",
        "{where}的8名{who}的安全必须高于利润。",
    ),
}  # fmt: skip
_REPORTS = {
    "en": (
        "The market hall of {where} opened at nine and sold bread, cheese and apples until noon.",
        "A ferry carried forty passengers across the bay while the band of {where} played on the quay.",
        "The bridge behind {where} was painted green last week by three men with long brushes.",
        "Snow fell over {where} in the evening, and the last bus stopped at the foot of the hill.",
    ),
    "de": (
        "Die Markthalle von {where} öffnete um neun und verkaufte bis mittags Brot, Käse und Äpfel.",
        "Eine Fähre brachte vierzig Gäste über die Bucht, während am Kai von {where} eine Kapelle spielte.",
        "Die Brücke hinter {where} wurde vergangene Woche von drei Männern grün gestrichen.",
        "Am Abend fiel Schnee über {where}, und der letzte Bus hielt am Fuß des Hügels an.",
    ),
    "fr": (
        "La halle de {where} a ouvert à neuf heures et vendu du pain, du fromage et des pommes.",
        "Un bac a porté quarante passagers sur l'autre rive tandis que jouait l'harmonie de {where}.",
        "Le pont derrière {where} a été repeint en vert la semaine passée par trois hommes.",
        "La neige est tombée sur {where} le soir, et le dernier car s'est arrêté au pied de la colline.",
    ),
    "zh": (
        "{where}的集市早上九点开门，一直到中午都有人来买面包、奶酪、苹果和新鲜的蔬菜，广场上十分热闹。",
        "一艘渡船载着四十名乘客穿过海湾，{where}的乐队在码头上演奏了两支古老的曲子，孩子们跟着节拍拍手。",
        "上个星期，三位拿着长刷子的师傅把{where}后面的那座桥重新漆成了绿色，路过的人都停下来观看。",
        "傍晚时分{where}下起了大雪，最后一班公共汽车停在山脚下，乘客们只好提着行李慢慢走回家去。",
    ),
}  # fmt: skip


def about(number: int, language: str) -> dict[str, str]:
    """Whom and where a text is about: 24 different pairs."""
    groups, places = _GROUPS[language], _PLACES[language]
    return {
        "who": groups[number % len(groups)],
        "where": places[number // len(groups) % len(places)],
    }


def claim(number: int, language: str, kind: int = 0) -> str:
    """A sentence that takes a position on a value."""
    return _CLAIMS[language][(number + kind) % 6].format(**about(number, language))


def report(number: int, language: str, kind: int = 0) -> str:
    """A sentence that takes no position."""
    return _REPORTS[language][(number + kind) % 4].format(**about(number, language))


def article(number: int, language: str) -> str:
    """A text of 300 characters or more with several positions."""
    claims = [claim(number, language, kind) for kind in range(4)]
    elsewhere = number + len(_GROUPS[language])
    reports = [report(at, language, kind) for at in (number, elsewhere) for kind in range(4)]
    sentences = [*claims, *(reports if language == "zh" else reports[:2])]
    return ("" if language == "zh" else " ").join(sentences)


# A premise, and what follows from it, what may be, and what cannot be.
INFERENCES = {
    "en": (
        "All schools must stay open.",
        "Schools must stay open.",
        "The mayor likes trains.",
        "No school must stay open.",
    ),
    "de": (
        "Alle Schulen müssen offen bleiben.",
        "Schulen müssen offen bleiben.",
        "Der Bürgermeister mag Züge.",
        "Keine Schule muss offen bleiben.",
    ),
    "fr": (
        "Toutes les écoles doivent rester ouvertes.",
        "Les écoles doivent rester ouvertes.",
        "Le maire aime les trains.",
        "Aucune école ne doit rester ouverte.",
    ),
    "zh": ("所有学校必须开放。", "学校必须开放。", "市长喜欢火车。", "学校不必开放。"),
}
LABELS = ("entailment", "neutral", "contradiction")

# Question on a topic, the same in other words, another one, and one to which a yes means the opposite.
QUESTIONS = {
    "en": (
        "Should {where} welcome {who}?",
        "Is it right for {where} to welcome {who}?",
        "Do {who} make {where} richer?",
        "Should {where} turn away {who}?",
    ),
    "de": (
        "Soll {where} {who} aufnehmen?",
        "Ist es richtig, dass {where} {who} aufnimmt?",
        "Machen {who} {where} reicher?",
        "Soll {where} {who} abweisen?",
    ),
    "zh": (
        "{where}应该接纳{who}吗？",
        "{where}接纳{who}是对的吗？",
        "{who}会使{where}更富裕吗？",
        "{where}应该拒绝{who}吗？",
    ),
}  # fmt: skip
YES = {"en": ("yes", "no"), "de": ("ja", "nein"), "zh": ("是", "否")}
