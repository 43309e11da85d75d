"""Brings traditional Chinese and Japanese forms of characters to the simplified ones.

Only characters that texts of the field use; any other stays as it is.
"""

from __future__ import annotations

_FORMS = str.maketrans(
    "學習語圖網絡機器視覺識別檢測數據據訓練優化調參擬歸納監督強強類層級階變換編碼解壓縮擴散維構結"
    "構對話聲音頻譜樂時間序列預測評價測試驗證環境動態靜態場景點雲邊緣緩衝關係聯邦聯盟標籤註釋選擇"
    "適應應用與無為於從後個們這種問題論證實現實過濾過濾誤差錯損優稱號處遺忘憶記憶戰爭務領導導航廣"
    "義傳統統計設計簡單純綜述覽總結報導線團圖陣則規則權條條件開關閉門電腦體積極稀鬆長短輸輸出參數"
    "萬億幾種類別雙隱藏藝術師範圍圍繞縮減剪裁詞彙匯讀寫筆畫彈性質衛星燈頁頁鍵鎖圓擊觀觀念蒸餾釋"
    "拡画検対応変伝読込単専門価値図芸術総覧様歩択経済発見験証続権獣読応戦読画実験売択帰拠処労働",
    "学习语图网络机器视觉识别检测数据据训练优化调参拟归纳监督强强类层级阶变换编码解压缩扩散维构结"
    "构对话声音频谱乐时间序列预测评价测试验证环境动态静态场景点云边缘缓冲关系联邦联盟标签注释选择"
    "适应应用与无为于从后个们这种问题论证实现实过滤过滤误差错损优称号处遗忘忆记忆战争务领导导航广"
    "义传统统计设计简单纯综述览总结报导线团图阵则规则权条条件开关闭门电脑体积极稀松长短输输出参数"
    "万亿几种类别双隐藏艺术师范围围绕缩减剪裁词汇汇读写笔画弹性质卫星灯页页键锁圆击观观念蒸馏释"
    "扩画检对应变传读込单专门价值图艺术总览样步择经济发见验证续权兽读应战读画实验卖择归据处劳动",
)


def simplified(text: str) -> str:
    """Write a text with simplified characters where one is known."""
    return text.translate(_FORMS)
