"""The field's terms as they are said in English, Chinese and other languages, one meaning a line.

Everything between two bars is a way to say the same: abbreviations, spellings, translations.
"""

from __future__ import annotations

FIELD_TERMS = """
language model | language modeling | lm | 语言模型 | 语言建模 | 言语モデル | Sprachmodell | Sprachmodelle
| modèle de langue | modèle de langage | modelo de lenguaje | modelos de lenguaje | modello linguistico
| modelo de linguagem | taalmodel | языковая модель | 언어 모델
large language model | llm | llms | large language models | 大语言模型 | 大型语言模型 | 大模型 | 大规模语言モデル
| großes Sprachmodell | grand modèle de langage | большая языковая модель | 거대 언어 모델
machine learning | ml | 机器学习 | 机械学习 | maschinelles Lernen | apprentissage automatique | aprendizaje automático
| машинное обучение | 기계 학습 | 머신러닝
deep learning | 深度学习 | 深层学习 | ディープラーニング | tiefes Lernen | apprentissage profond
| aprendizaje profundo | глубокое обучение | 딥러닝
reinforcement learning | rl | 强化学习 | bestärkendes Lernen | verstärkendes Lernen | apprentissage par renforcement
| aprendizaje por refuerzo | apprendimento per rinforzo | обучение с подкреплением | 강화 학습 | 강화학습
world model | world models | 世界模型 | 世界モデル | Weltmodell | Weltmodelle | modèle du monde | modelo del mundo
| модель мира | 월드 모델 | 세계 모델
markov decision process | mdp | mdps | 马尔可夫决策过程 | 马尔科夫决策 | マルコフ决定过程
supervised learning | 监督学习 | 有监督 | 教师あり学习 | überwachtes Lernen | apprentissage supervisé
self-supervised | self supervised learning | 自监督 | 自监督学习 | 自己教师あり | selbstüberwacht | auto-supervisé
unsupervised | 无监督 | 教师なし | unüberwacht | non supervisé | no supervisado
transfer learning | 迁移学习 | 转移学习 | Transferlernen | apprentissage par transfert
transfer | 迁移 | 转移 | Übertragung | transfert | transferencia | перенос
federated learning | 联邦学习
contrastive learning | 对比学习 | 对照学习
continual learning | lifelong learning | 持续学习 | 终身学习 | 增量学习
catastrophic forgetting | 灾难性遗忘 | 灾难遗忘 | 破灭的忘却 | katastrophales Vergessen | oubli catastrophique
| olvido catastrófico
forgetting | forget | 遗忘 | 忘却 | vergessen | oubli | olvido
zero-shot | zero shot | 零样本 | ゼロショット | 零次学习
few-shot | few shot | 少样本 | 小样本 | 少量样本 | フューショット | wenige Beispiele
in-context learning | 上下文学习 | 情境学习
pretraining | pre-training | pretrained | pre-trained | 预训练 | 事前学习 | vortrainiert | Vortraining
| pré-entraînement | pré-entraîné | preentrenamiento | preentrenado | предобучение | 사전 학습
fine-tuning | finetuning | fine-tune | finetune | 微调 | 精调 | ファインチューニング | Feinabstimmung | ajustement fin
| ajuste fino | дообучение | 미세 조정
prompt tuning | prompt-tuning | soft prompt | 提示微调 | 提示调优 | 提示学习 | プロンプトチューニング
prompt | prompts | prompting | 提示 | 提示词 | プロンプト | Eingabeaufforderung | invite | подсказка | 프롬프트
parameter-efficient | parameter efficient | 参数高效 | 参数有效 | parametereffizient
parameter | parameters | 参数 | パラメータ | パラメーター | paramètre | paramètres | parámetro | parámetros | параметр
| 파라미터 | 매개변수
hyperparameter | hyperparameters | hyper-parameter | 超参数 | 超参 | ハイパーパラメータ | hyperparamètre
| hiperparámetro | гиперпараметр | 하이퍼파라미터
tuning | tune | 调优 | 调参 | 调整 | 调节 | チューニング | Abstimmung | réglage | ajuste | настройка
learning rate | 学习率 | Lernrate | taux d'apprentissage
neural network | neural networks | nn | 神经网络 | 神经网 | ニューラルネットワーク | neuronales Netz | neuronale Netze
| Netzwerk | réseau de neurones | réseaux de neurones | red neuronal | redes neuronales | rete neurale
| нейронная сеть | нейросеть | 신경망
neural | 神经 | ニューラル | neuronal | neuronale | neuronal | neurale
convolution | convolutional | cnn | cnns | 卷积 | 卷积神经网络 | 畳み込み | Faltung | convolutif
recurrent neural network | rnn | 循环神经网络 | 递归神经网络
graph neural network | gnn | 图神经网络
graph | graphs | 图结构 | グラフ | Graph | graphe | grafo | граф
transformer | transformers | 变换器 | 变压器 | 转换器 | トランスフォーマー | 트랜스포머 | трансформер
vision transformer | vit | 视觉变换器
attention | 注意力 | 注意力机制 | 注意机构 | アテンション | Aufmerksamkeit | atención | внимание
without attention | attention-free | 无注意力
multilayer perceptron | perceptron | mlp | mlps | 多层感知机 | 多层感知器 | 感知器 | 感知机 | 多层パーセプトロン
encoder | 编码器 | エンコーダ | Kodierer | encodeur | codificador
decoder | 解码器 | デコーダ | décodeur | decodificador
autoencoder | auto-encoder | 自编码器 | 自动编码器 | オートエンコーダ
autoregressive | 自回归 | 自己回帰 | autoregressiv | autorégressif
embedding | embeddings | 嵌入 | 向量表示 | 嵌入向量 | 埋め込み | Einbettung | Einbettungen | plongement | incrustación
| эмбеддинг
vector | vectors | 向量 | 矢量 | ベクトル | Vektor | vecteur | вектор
representation | representations | 表示 | 表征 | 表现学习 | 表现 | Repräsentation | Darstellung | représentation
| representación | представление
latent space | 潜在空间 | 隐空间 | 潜空间
latent | 潜在 | 隐 | latente | latenter
token | tokens | 令牌 | 标记 | 词元 | トークン | jeton | токен | 토큰
sequence | sequences | 序列 | 系列 | Sequenz | séquence | secuencia | последовательность
long sequence | long-range | long range | 长序列 | 长程 | 长距离 | 长文本 | 长上下文
mixture of experts | mixture-of-experts | moe | moes | sparse expert | 专家混合 | 混合专家 | 专家模型
| エキスパート混合 | Expertenmischung | mélange d'experts | mezcla de expertos | смесь экспертов | 전문가 혼합
expert | experts | 专家 | エキスパート | Experte | Experten | experto | expertos | эксперт
sparse | sparsity | sparsely | 稀疏 | 稀疏性 | スパース | 疎 | spärlich | dünnbesetzt | parcimonieux | creux
| disperso | разреженный | 희소
dense | 稠密 | 密集 | dicht | 密
router | routing | route | 路由
stability | stable | 稳定 | 稳定性 | 安定 | stabil | Stabilität | stabilité | estabilidad
state space model | state-space | state space | ssm | ssms | 状态空间 | 状态空间模型 | 状态空间モデル | Zustandsraum
| espace d'états | espacio de estados | пространство состояний
scaling law | scaling laws | 缩放定律 | 缩放法则 | 缩放规律 | 扩展定律 | 规模定律 | 标度律 | 尺度定律 | スケーリング则
| スケーリング法则 | Skalierungsgesetz | Skalierungsgesetze | lois d'échelle | loi d'échelle | leyes de escala
| закон масштабирования | 스케일링 법칙
power law | 幂律 | べき乗则 | Potenzgesetz | loi de puissance
scaling | scale | 缩放 | 规模 | 扩展 | 规模化 | スケーリング | Skalierung | skalieren | échelle | escala
| масштабирование
large-scale | large scale | 大规模 | 大型 | großskalig | grande échelle | gran escala
model size | 模型大小 | 模型规模 | 参数量 | Modellgröße | taille du modèle
compute-optimal | compute optimal | 计算最优 | 最优计算 | 算力最优
compute | computation | 算力 | 计算量 | 计算 | 计算资源 | Rechenleistung | Rechenaufwand | puissance de calcul
| cómputo | вычисления | 연산
compute budget | 计算预算 | 算力预算 | Rechenbudget
efficient | efficiency | 高效 | 效率 | 有效率 | 効率 | 効率的 | effizient | Effizienz | efficace | eficiente
| эффективный | 효율적
inference | 推断 | 推论 | 推理 | Inferenz | inférence | inferencia | инференс | 추론
reasoning | reason | 推理 | 逻辑推理 | 推论 | logisches Denken | Schlussfolgern | raisonnement | razonamiento
| рассуждение | 추론
chain of thought | chain-of-thought | cot | 思维链 | 思考链 | 思考の连锁 | Gedankenkette
rationale | rationales | 基本原理 | 理由 | 依据 | Begründung
bootstrapping | bootstrap | 自举 | 引导
common sense | commonsense | 常识 | 常识推理 | gesunder Menschenverstand | sens commun | sentido común
training | train | trained | 训练 | 学习 | 训练过程 | トレーニング | Training | trainieren | entraînement | entraîner
| entrenamiento | entrenar | addestramento | treinamento | обучение | 훈련 | 학습
dataset | datasets | data set | 数据集 | データセット | Datensatz | Datensätze | jeu de données | conjunto de datos
| набор данных | 데이터셋
data | 数据 | データ | Daten | données | datos | dati | dados | данные | 데이터
training data | 训练数据 | 训练集 | 学习データ | Trainingsdaten | données d'entraînement
synthetic data | synthetic | 合成数据 | 合成 | 合成データ | synthetische Daten | synthetisch | données synthétiques
| synthétique | datos sintéticos | sintético | синтетические данные | 합성 데이터
data generation | generate data | 数据生成 | Datengenerierung
data augmentation | 数据增强 | 数据扩充 | データ拡张 | Datenaugmentation
data pruning | prune data | 数据剪枝 | 数据修剪 | 数据裁剪 | 数据筛选 | データ枝刈り | Datenbeschneidung
| élagage de données | poda de datos
pruning | prune | pruned | 剪枝 | 修剪 | 裁剪 | 枝刈り | beschneiden | Beschneidung | élagage | poda | прунинг
quantization | quantize | quantisation | 量化 | 量子化 | Quantisierung | quantification | cuantización | квантование
compression | compress | compressing | 压缩 | 圧缩 | Kompression | komprimieren | compresser | compresión | сжатие
| 압축
distillation | distill | distilling | 蒸馏 | 知识蒸馏 | 蒸留 | Destillation
clustering | cluster | k-means | 聚类 | クラスタリング | Clusterbildung | regroupement | agrupamiento | кластеризация
discrete | discretize | 离散 | 离散化 | 离散的 | diskret | diskrete | discret | discreto | дискретный
continuous | 连续 | stetig | continu | continuo
codebook | vector quantization | 码本 | 码书 | コードブック | Codebuch
key-value | key value | 键值 | 键值对 | キーバリュー | Schlüssel-Wert | clé-valeur | clave-valor
bottleneck | 瓶颈 | ボトルネック | Flaschenhals | Engpass | goulot | cuello de botella
information retrieval | ir | 信息检索 | 信息搜索 | 情报检索 | Informationsrückgewinnung | recherche d'information
| recuperación de información | информационный поиск | 정보 검색
retrieval | retrieve | retriever | retrievers | 检索 | 召回 | 检索器 | Abruf | récupération | recuperación | поиск
| 검색
search | 搜索 | 检索 | 查找 | 探索 | Suche | suchen | recherche | rechercher | búsqueda | buscar | ricerca | поиск
| 검색
dense retrieval | 稠密检索 | 密集检索 | 密检索
index | indexes | 索引 | インデックス | Index | indice | índice | индекс
differentiable | 可微 | 可微分 | 微分可能 | differenzierbar | différentiable | diferenciable | дифференцируемый
document | documents | doc | docs | 文档 | 文件 | 文书 | Dokument | Dokumente | documento | documentos | документ
document id | docid | document identifier | document ids | 文档标识符 | 文档标识 | 文档id
identifier | identifiers | id | 标识符 | 标识 | 识别子 | Bezeichner | identifiant | identificador
query | queries | 查询 | クエリ | Anfrage | requête | consulta | запрос
ranking | rerank | reranking | 排序 | 重排 | ランキング | Rangfolge | classement
nearest neighbor | nearest neighbour | nearest neighbors | 最近邻 | 近邻 | 最近傍 | nächster Nachbar
| plus proche voisin
question answering | qa | 问答 | 质问応答 | Fragebeantwortung | question-réponse
entity linking | entity retrieval | 实体链接 | 实体检索
knowledge | know | 知识 | 知道 | 知识库 | Wissen | wissen | weiß | connaissance | conocimiento | знание
calibration | calibrated | calibrate | 校准 | 校准度 | 较正 | キャリブレーション | Kalibrierung | kalibriert
| étalonnage | calibrage | calibrado | calibración | калибровка | 보정
confidence | confident | 置信度 | 自信 | 信心 | 确信度 | Konfidenz | Zuversicht | confiance | confianza | уверенность
uncertainty | uncertain | 不确定性 | 不确定 | Unsicherheit | incertitude | incertidumbre | неопределённость
multiple choice | 多项选择 | 选择题 | 多选
truthful | honesty | hallucination | 真实性 | 幻觉 | 诚实
computer vision | cv | 计算机视觉 | 机器视觉 | コンピュータビジョン | maschinelles Sehen | vision par ordinateur
| visión por computador | компьютерное зрение | 컴퓨터 비전
vision | visual | 视觉 | 视觉的 | ビジョン | visuell | visuelle | visuel | visual | зрение | 시각
vision-language | vision language | visual language | 视觉语言 | 图文 | 视觉与语言 | 视言语
multimodal | multi-modal | multimodality | 多模态 | マルチモーダル | 多模式 | multimodale | мультимодальный | 멀티모달
modality | modalities | modality-agnostic | 模态 | Modalität | modalité | modalidad
image | images | picture | pictures | photo | photos | 图像 | 图片 | 图 | 画像 | 照片 | 影像 | Bild | Bilder | imagen
| imágenes | immagine | imagem | изображение | 이미지
image generation | image synthesis | generate images | 图像生成 | 生成图像 | 图片生成 | 画像生成 | Bildgenerierung
| Bilderzeugung | génération d'images | generación de imágenes | генерация изображений | 이미지 생성
text-to-image | text to image | 文本生成图像 | 文生图 | 文本到图像 | 文本转图像 | テキストから画像 | Text-zu-Bild
| texte vers image | texto a imagen
image classification | 图像分类 | 画像分类 | Bildklassifikation | classification d'images
classification | classify | classifier | 分类 | 分类器 | Klassifikation | clasificación | классификация
image segmentation | semantic segmentation | segmentation | segment | 图像分割 | 语义分割 | 分割 | セグメンテーション
| Segmentierung | segmentación | сегментация
segmentation map | segmentation maps | 分割图
scene | scenes | 场景 | シーン | Szene | Szenen | scène | scènes | escena | escenas | сцена | 장면
scene layout | scene layouts | 场景布局
neural radiance field | neural radiance fields | nerf | nerfs | 神经辐射场 | 辐射场
view synthesis | novel view | novel views | 视图合成 | 新视角合成 | 视角合成 | 视点合成
rendering | render | renderer | 渲染 | レンダリング | Rendern | rendu | renderizado | рендеринг
3d | three-dimensional | 三维 | 立体 | 3d重建 | dreidimensional | tridimensional
city | urban | street | 城市 | 街景 | 街道 | 都市 | Stadt | ville | ciudad | город
object tracking | tracking | track | tracker | 目标跟踪 | 物体追迹 | 物体追踪 | 对象跟踪 | 目标追踪 | 跟踪 | 追踪
| トラッキング | Objektverfolgung | Verfolgung | suivi d'objets | suivi | seguimiento de objetos | seguimiento
| rastreo | отслеживание объектов | слежение | 객체 추적
multi-object tracking | multiple object tracking | mot | mots | 多目标跟踪 | 多目标追踪
object detection | detection | detect | 目标检测 | 物体检测 | 检测 | 检出 | Objekterkennung | détection d'objets
| detección
object | objects | 物体 | 对象 | 目标 | オブジェクト | Objekt | Objekte | objet | objets | objeto | objetos
video | videos | 视频 | 影片 | ビデオ | 动画像 | vidéo | vídeo | видео | 비디오
frame | frames | 帧 | フレーム | Bildrahmen
optical flow | 光流 | オプティカルフロー
keypoint | keypoints | 关键点 | キーポイント | Schlüsselpunkt
animation | animate | animating | 动画 | アニメーション | 动画制作 | animieren | animación
| анимация | 애니메이션
face | faces | facial | portrait | portraits | talking head | 人脸 | 脸部 | 面部 | 颜 | 肖像 | Gesicht | Gesichter
| visage | visages | rostro | cara | лицо | 얼굴
motion | movement | 运动 | 动作 | 动き | モーション | Bewegung | mouvement | movimiento | движение
pose | 姿态 | 姿势 | ポーズ | Körperhaltung
photorealistic | photo-realistic | realistic | 逼真 | 写实 | 照片级 | fotorealistisch | photoréaliste | fotorrealista
diffusion model | diffusion models | diffusion | 扩散模型 | 扩散 | 扩散モデル | Diffusionsmodell | modèle de diffusion
| modelo de difusión | диффузия
generative adversarial network | gan | gans | 生成对抗网络 | 对抗生成
generative | generation | generate | 生成 | 生成式 | generieren | erzeugen | Erzeugung | Generierung | génération
| générer | generación | generar | generazione | geração | генерация | 생성
adversarial | 对抗 | 対抗 | 敌对的 | adversarisch
variational | variational inference | 变分 | 变分推断
energy-based model | energy-based | energy based | ebm | ebms | 能量模型 | 基于能量 | 基于能量的模型 | 能量函数
| Energiebasiert | modèle à énergie
probabilistic | probability | 概率 | 概率的 | 确率 | 确率的 | Wahrscheinlichkeit | probabilistisch | probabilité
| probabilidad | вероятность | 확률
probabilistic programming | 概率编程 | 概率程序 | 确率的プログラミング | probabilistische Programmierung
graphical model | graphical models | 图模型 | 概率图模型 | グラフィカルモデル
programming | program | code | 编程 | 程序 | 代码 | プログラミング | Programmierung | programmation | programación
| программирование
cascade | cascades | 级联 | 串联 | カスケード | Kaskade | Kaskaden | cascada | cascadas | каскад
scratchpad | scratchpads | 草稿纸 | 草稿
composition | compose | compositional | chaining | chain | 组合 | 组合性 | 串接 | 链式 | 合成する | zusammensetzen
symbolic | neuro-symbolic | neurosymbolic | 符号 | 神经符号 | 神经符号学 | 记号 | neurosymbolisch | neurosymbolique
| neurosimbólico
concept | concepts | 概念 | コンセプト | Konzept | Konzepte | Begriff | conceptos | concepto | концепция | 개념
recognition | recognize | recognise | 识别 | 识别率 | 认识 | 认识する | Erkennung | erkennen | reconnaissance
| reconocimiento | распознавание | 인식
acquisition | acquire | 获取 | 习得 | 获得 | Erwerb
robot | robots | robotic | robotics | 机器人 | ロボット | Roboter | Robotik | robotique | robótica | робот | 로봇
affordance | affordances | 可供性 | 示能 | アフォーダンス
grounding | grounded | ground | 接地 | 落地 | 具身 | グラウンディング | Verankerung | ancrage
instruction | instructions | 指令 | 指示 | 命令 | Anweisung | Anweisungen | consigne | instrucción | инструкция
planning | planner | plan | planners | 规划 | 计划 | プランニング | Planung | planification | planificación
| планирование
embodied | embodiment | 具身智能 | 身体性 | verkörpert
agent | agents | 智能体 | 代理 | エージェント | Agenten | agente | агент
control | controller | controllable | 控制 | 可控 | 制御 | Steuerung | steuern | contrôle | controllo | управление
| 제어
noise | noisy | denoise | denoised | denoising | distractors | 噪声 | 噪音 | 去噪 | 降噪 | ノイズ | Rauschen
| verrauscht | entrauscht | bruit | débruitage | ruido | шум | 노이즈
reward | rewards | 奖励 | 报酬 | Belohnung | récompense | recompensa | награда
policy | 策略 | 方策 | Strategie | politique | política
audio | sound | 音频 | 声音 | 音声 | オーディオ | 音响 | Ton | Klang | son | sonido | звук | 오디오
audio generation | 音频生成 | 音声生成 | Audioerzeugung | Audiogenerierung | génération audio | generación de audio
raw audio | waveform | waveforms | raw waveform | 原始音频 | 波形 | 生音声 | Wellenform | forme d'onde | forma de onda
music | 音乐 | 音楽 | Musik | musique | música | музыка
speech | 语音 | 话语 | Sprache gesprochen | parole | habla | речь | 음성
speech recognition | asr | 语音识别 | 音声认识 | Spracherkennung | reconnaissance vocale | reconocimiento de voz
text generation | 文本生成 | 文章生成 | Textgenerierung
natural language processing | nlp | 自然语言处理 | 自然言语処理 | Sprachverarbeitung | traitement du langage naturel
| procesamiento del lenguaje natural | 자연어 처리
natural language | 自然语言 | 自然言语 | natürliche Sprache | langage naturel | lenguaje natural
language | 语言 | 言语 | Sprache | langue | langage | lenguaje | lengua | linguaggio | язык | 언어
translation | machine translation | 翻译 | 机器翻译 | 机械翻訳 | Übersetzung | traduction | traducción | перевод
text | texts | 文本 | 文字 | テキスト | Texte | texte | texto | testo | текст | 텍스트
text retriever | text retrieval | 文本检索 | 文本检索器 | テキスト检索
summarization | summary | summarize | 摘要 | 总结 | 要约 | Zusammenfassung | résumé | resumen
survey | overview | review | 综述 | 概述 | 概览 | 调查 | サーベイ | Überblick | Übersicht | état de l'art | panorama
| encuesta | обзор | 서베이
benchmark | benchmarks | evaluation | evaluate | 基准 | 评测 | 评估 | 评价 | ベンチマーク | Auswertung | évaluation
| evaluación | оценка | 벤치마크
architecture | architectures | 架构 | 体系结构 | 结构 | アーキテクチャ | 构造 | Architektur | Architekturen
| arquitectura | архитектура | 아키텍처
inductive bias | inductive biases | 归纳偏置 | 归纳偏见 | 归纳偏差 | 帰纳バイアス | induktive Verzerrung
| biais inductif | sesgo inductivo
bias | biases | 偏置 | 偏差 | 偏见 | バイアス | biais | sesgo | смещение
generalization | generalize | generalisation | 泛化 | 一般化 | 汎化 | Verallgemeinerung | Generalisierung
| généralisation | generalización | обобщение | 일반화
out-of-distribution | ood | distribution shift | domain shift | 分布外 | 分布偏移 | 分布漂移 | 分布シフト
| Verteilungsverschiebung | décalage de distribution | cambio de distribución
cross-domain | out-of-domain | domain | domains | 跨域 | 跨领域 | 领域 | Domäne | domaine | dominio
robust | robustness | 鲁棒 | 鲁棒性 | 稳健 | 顽健 | ロバスト | Robustheit | robuste | robustesse | robusto
| устойчивость
backpropagation | backprop | back-propagation | 反向传播 | 后向传播 | 误差逆传播 | 逆伝播 | バックプロパゲーション
| Rückpropagierung | Fehlerrückführung | rétropropagation | retropropagación | обратное распространение | 역전파
gradient | gradients | 梯度 | 勾配 | Gradienten | gradiente | gradientes | градиент | 그래디언트
gradient descent | sgd | 梯度下降 | 勾配降下 | Gradientenabstieg | descente de gradient | descenso de gradiente
forward mode | forward-mode | 前向模式
forward | 前向 | 正向 | vorwärts | avant | adelante
optimization | optimize | optimizer | optimal | 优化 | 最优 | 优化器 | 最适化 | 最适 | Optimierung | optimieren
| optimisation | optimización | óptimo | оптимизация | 최적화
loss | 损失 | 损失函数 | Verlustfunktion | perte | pérdida
distributed | parallel | 分布式 | 并行 | 分散 | 并列 | verteilt | verteiltes | parallele | distribué | parallèle
| distribuido | paralelo | распределённый | 분산
asynchronous | 异步 | 非同期 | asynchron | asynchrone | asíncrono
dataflow | data flow | 数据流 | データフロー | Datenfluss | flux de données | flujo de datos
orchestration | 编排 | オーケストレーション | Orchestrierung
heterogeneous | 异构 | 异种 | heterogen | hétérogène | heterogéneo
accelerator | accelerators | tpu | gpu | gpus | tpus | hardware | 加速器 | 芯片 | 显卡 | 硬件 | アクセラレータ
| Beschleuniger | accélérateur | acelerador
memory | 内存 | 记忆 | 显存 | メモリ | 记忆する | Speicher | Gedächtnis | mémoire | memoria | память | 메모리
latency | throughput | 延迟 | 时延 | 吞吐 | レイテンシ | Latenz | Durchsatz | latence | latencia
batch | batches | 批量 | 批次 | バッチ | Stapel | lot
multiplexing | multiplex | 多路复用 | 复用 | 多重化 | マルチプレクシング | Multiplexen | multiplexage | multiplexación
speed up | speedup | accelerate | faster | fast | speed | 加速 | 提速 | 快速 | 高速化 | 高速 | beschleunigen
| schneller | schnell | accélérer | rapide | acelerar | rápido | ускорение
trillion | trillion-parameter | 万亿 | 兆 | Billion | billón
billion | 十亿 | milliard | Milliarde | Milliarden | mil millones
open source | open-source | 开源 | オープンソース | quelloffen | libre
framework | library | toolkit | 框架 | 库 | 工具包 | ライブラリ | フレームワーク | Bibliothek | bibliothèque
| biblioteca | marco | библиотека
simulation | simulator | simulate | physics | 模拟 | 仿真 | 物理 | シミュレーション | Physik | physique | simulación
| física
annotation | annotations | label | labels | labeled | 标注 | 注释 | 标签 | 标记数据 | アノテーション | ラベル
| Beschriftung | étiquette | etiqueta | разметка
unified | unify | unification | 统一 | 统一する | 统合 | vereinheitlicht | Vereinheitlichung | unifié
| unification | unificado | unificación | единый
hierarchical | hierarchy | 分层 | 层次 | 层级 | 阶层的 | 阶层 | hierarchisch | hiérarchique | jerárquico
| иерархический
trend | trends | 趋势 | トレンド | 动向 | Entwicklung | tendance | tendencia | тренд
era | eras | 时代 | 纪元 | 时代区分 | Zeitalter | Ära | ère | époque | época | эра
history | historical | 历史 | Geschichte | historique | historia
doubling | double | 翻倍 | 翻番 | 倍增 | Verdopplung | doublement
ethics | fairness | responsible | 伦理 | 公平 | Ethik | éthique | ética
safety | alignment | 安全 | 对齐 | アラインメント | Sicherheit | sécurité | seguridad
privacy | 隐私 | プライバシー | Datenschutz | vie privée | privacidad
recommendation | recommender | 推荐 | 推荐系统 | 推荐系统 | Empfehlung | recommandation | recomendación
anomaly detection | 异常检测 | Anomalieerkennung
time series | 时间序列 | 时系列 | Zeitreihe | série temporelle
knowledge graph | 知识图谱 | ナレッジグラフ | Wissensgraph
causal | causality | 因果 | Kausalität | causalité | causalidad
explainability | interpretability | explainable | 可解释 | 可解释性 | Erklärbarkeit | explicabilité
biologically plausible | brain | 生物合理性 | 生物学 | 大脑 | 脳 | Gehirn | cerveau | cerebro | мозг
protein | proteins | 蛋白质 | タンパク质 | Protein | protéine | proteína
quantum | 量子 | Quanten | quantique | cuántico
self-improvement | self-training | 自我改进 | 自训练
decomposition | 分解 | Zerlegung | décomposition | descomposición
state of the art | state-of-the-art | sota | 最先进 | 最先端 | Stand der Technik
"""
