"""Everyday words of questions in other languages than English, and the words that say nothing of a subject."""

from __future__ import annotations

EVERYDAY_WORDS = """
model | models | 模型 | モデル | Modell | Modelle | modèle | modèles | modelo | modelos | modello | модель | 모델
learning | learn | 学习 | Lernen | lernen | apprentissage | apprendre | aprendizaje | aprender | обучение | 학습
method | methods | 方法 | 手法 | Methode | Methoden | méthode | método | метод | 방법
new | 新 | 新型 | 新しい | neu | neue | neuer | nouveau | nouvelle | nuevo | nueva | новый
better | improve | improving | improves | 更好 | 改进 | 改善 | 提升 | besser | verbessern | meilleur | améliorer
| mejor | mejorar | улучшить
small | smaller | 小型 | 更小 | 小さい | klein | kleine | kleiner | petit | petits | pequeño | маленький
large | larger | big | huge | 大型 | 巨大 | 大きい | groß | große | großer | grand | grande | grands | большой
many | 许多 | 很多 | 多个 | viele | beaucoup | plusieurs | muchos | много
optimal | 最优 | 最佳 | 最适 | optimal | optimale | óptimo
task | tasks | 任务 | タスク | Aufgabe | Aufgaben | tâche | tâches | tarea | tareas | задача
problem | problems | 问题 | 问题点 | Probleme | problème | problema | проблема
answer | answers | 回答 | 答案 | 答え | Antwort | Antworten | réponse | respuesta | ответ
question | questions | 问题 | 提问 | 质问 | Frage | Fragen | pregunta | preguntas | вопрос
number | amount | quantity | 数量 | 数目 | Anzahl | Menge | nombre | quantité | número | cantidad | количество
size | 大小 | 规模 | サイズ | Größe | taille | tamaño | размер
system | systems | 系统 | システム | Systeme | système | sistema | система | 시스템
network | networks | 网络 | ネットワーク | Netz | Netze | réseau | red | redes | rete | сеть
word | words | 单词 | 词 | 言叶 | Wort | Wörter | mot | mots | palabra
human | humans | people | 人类 | 人 | 人间 | Mensch | Menschen | menschlich | humain | humano | человек | 인간
world | real-world | 世界 | 现实世界 | 真实世界 | Welt | monde | mundo | мир
machine | machines | 机器 | 机械 | マシン | Maschine | máquina | машина
space | 空间 | 空间的 | Raum | espace | espacio | пространство
time | 时间 | Zeit | temps | tiempo | время
cost | costs | cheap | 成本 | 代价 | 费用 | コスト | Kosten | günstig | billig | coût | costo | barato | стоимость
step | steps | 步骤 | 步 | ステップ | Schritt | Schritte | étape | étapes | paso | pasos | шаг
example | examples | sample | samples | 样本 | 例子 | 示例 | サンプル | Beispiel | Beispiele | exemple | exemples
| ejemplo | ejemplos | пример
limit | limits | limitation | 限制 | 局限 | 极限 | 限界 | Grenze | Grenzen | limite | límite
error | errors | mistake | mistakes | wrong | 错误 | 误差 | 误り | Fehler | erreur | erreurs | ошибка
performance | 性能 | 表现 | パフォーマンス | Leistung | rendimiento | производительность
result | results | 结果 | Ergebnis | Ergebnisse | résultat | resultado
theory | theoretical | 理论 | 理论的 | Theorie | théorie | teoría | теория
experiment | experiments | 实验 | 实験 | Experimente | expérience | experimento
original | source | 原始 | 源 | Quelle | origine | fuente
without | 无需 | 不用 | 没有 | 无 | なしで | ohne | sans | sin | senza | sem | без
beyond | beat | beating | 超越 | 超过 | 打破 | 超える | jenseits | übertreffen | au-delà | dépasser | más allá
| superar
towards | 迈向 | 走向 | 面向 | hin zu | vers | hacia
compare | comparison | versus | 比较 | 对比 | 比较する | Vergleich | vergleichen | comparaison | comparar
| comparación | сравнение
combine | merge | mixing | mix | 结合 | 融合 | 合并 | 混合 | 混ぜる | kombinieren | mischen | combiner | mélanger
| combinar
understand | understanding | 理解 | verstehen | Verständnis | comprendre | compréhension | entender | comprensión
| понимание
create | build | make | 创建 | 制作 | 构建 | 作る | erstellen | bauen | créer | construire | crear | construir
| создать
discover | discovery | 发现 | entdecken | découvrir | descubrir
solve | solution | 解决 | 求解 | 解决する | lösen | Lösung | résoudre | résolver | решение
talk | conversation | dialogue | chat | 对话 | 聊天 | 会话 | Gespräch | Dialog | conversación | диалог
book | books | 书 | 书籍 | Buch | livre | libro
game | games | 游戏 | ゲーム | Spiel | Spiele | jeu | juego | игра
medical | medicine | clinical | 医学 | 医疗 | 医疗的 | Medizin | medizinisch | médical | médico | медицина
weather | climate | 天气 | 气候 | 天気 | Wetter | Klima | météo | clima
chemistry | molecule | molecules | 化学 | 分子 | Chemie | Molekül | chimie | química
"""

# Words that a question is phrased with; they say nothing about what is sought.
FUNCTION_WORDS = """
a about also am an and any are as at be been being but by can could did do does doing done for from get gets give
given go had has have having he her here his how i if in into is it its itself just let like me much my of on or
our per please she should show so some such tell that the their them then there these they this those through to
us use used uses using via vs was we were what when where which who whom whose why will with would you your paper
papers article articles publication publications find looking called named anything something someone does et al

der die das den dem des ein eine einen einem einer eines und oder aber nicht kein keine ist sind war wie was wer
wo wann warum welche welcher welches wird werden wurde hat haben braucht brauchen für mit von vom zu zum zur im
in an am auf aus bei über unter durch es sie er ich wir ihr man sich auch nur noch mehr als ob dass gibt sein
le la les un une des du de d l et ou mais ne pas est sont était qui que quoi dont où quand comment pourquoi
quel quelle quels quelles pour avec par dans sur sous au aux en ce cet cette ces il elle on nous vous ils se
el los las una unos unas del al y o pero no es son era quién qué cuál cuáles cómo cuándo dónde por para con
su sus se lo como más che di da e il gli i un uno sono è come per non del della dei o os as um uma e não
het een van en is zijn hoe wat met voor op
и в не на что как по для это с к из у от за или о об при
"""

# Words that any text is written with, whatever it is about.
PLAIN_WORDS = """
again all almost along already although always among another apart around away back because become becomes before
behind below best better between beyond both bring brings certain clear clearly come comes could current currently
despite different directly due each easily either else enough especially even ever every everything far finally first
followed following further furthermore general generally good great hence help helps however idea important
importantly indeed instead interesting interestingly keep keeping keeps kind known largely last later latest least
less likely little look looks lot made main mainly make makes making many may maybe might moreover more most mostly
much must near nearly need needed needs never new next no none nor not note nothing novel now often old once one only
onto other others otherwise out over overall own particular particularly perhaps possible potential potentially
previous previously quite rather really recent recently relatively respectively same say says seem seems seen several
shown shows significant significantly similar similarly simply since sometimes soon still take taken takes than
therefore thing things think though thus together too toward towards typical typically under unlike until up upon
various very way ways well while whole wide widely within without work works yes yet
introduce introduced introduces introducing present presented presents propose proposed proposes proposing
approach approaches method methods result results experiments demonstrate demonstrates achieve achieves achieving
"""

# Words of every field: two texts that share them need not speak of the same.
COMMONPLACE_WORDS = """
ability able access account action add addition aim allow amount analysis answer application apply area art ask
aspect available base big book build capability capable capture care case cause challenge chance change choice choose
claim class combine common community compare complete complex computer concept condition consider contain content
context control cost create critical day deal deep demand depend describe design detail determine develop development
difference difficult discuss domain easy effect effective effort element enable end ensure entire environment
equal establish evaluate event evidence evolve examine example exist expect experience explain explore express extend
extent face fact fail fast feature field figure fill fit focus force form frame framework free full function future
gain gap goal group grow hand handle happen hard high human idea identify image impact implement improve include
increase independent individual information initial input insight inspire instance issue job join knowledge lack
language large lead learn level limit line link list little live local long low machine major manner matter mean
measure meet mind model modern move name natural nature network number object obtain offer open operate option order
original output overall paper part pass past pay people perform performance period person place plan play point
position power practice predict prepare principle problem process produce program progress property prove provide
public purpose put quality question quick random range rate reach ready real reality reason receive reduce refer
reflect relate relation rely remain remove replace report represent representation require research resource respect
rest result return review rich right rise role rule run sample scale scene science scientific search section select
sense separate serve set setting shape share short show side sign simple single situation size skill small social
society solution solve sort source space special specific spend stage standard start state step stop story strategy
strong structure study style subject succeed success suggest suit support surface system talk target task team
technique technology term test text theory time title today tool top total trade train training treat true try turn
type understand unit universal usage user value variety version view visual volume want wide word world write year
世界 现实世界 真实世界 模型 方法 任务 问题 性能 结果 数据 系统 能力 时间 实验 训练 学习
网络 人类 人 新 更好 大型 改进 理论
"""

# What Chinese and Japanese questions are phrased with.
FUNCTION_RUNS = """
的 了 和 与 在 是 吗 呢 吧 啊 或 及 等 把 被 对 用 以 为 从 到 中 上 下 有 没 不 也 都 就 还 而 但 其 这 那 哪 谁 个 篇
什么 怎么 怎样 如何 哪些 哪个 哪篇 为什么 多少 关于 有关 是否 可以 能否 一个 一种 一篇 这个 那个 那篇 论文 文章 研究
相关 请问 介绍 关于的 使用 利用 通过 基于 进行 它们 他们 我们 自己 需要 应该
の は が を に で と も や か へ から まで より です ます する した して しない しなくて いる ある ない なし について
に関する とは 何 どの どう なぜ いくつ たち こと もの 论文 研究
"""
