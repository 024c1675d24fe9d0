"""The words by which an answer gives away its maker, refuses, or shows a template: patterns only.

Every pattern is matched without regard to case unless it says so, on a text in which quotations
and code were blanked. Names that are also words or people (Claude, Gemini, Meta) count only where
a sentence says "I" of them; names that mean nothing else count beside any first person.
"""

from __future__ import annotations

import re

_OWN_NAMES = (
    r"ChatGPT|GPT-?[2345][\w.-]*|InstructGPT|text-davinci\S*|davinci-00\d|OpenAI|Open AI|Anthropic"
    r"(?! principle)|DeepMind|Google AI|Google Research|Meta AI|Meta Platforms|FAIR|Mistral AI"
    r"|Mixtral\S*|DeepSeek\S*|Qwen\S*|Tongyi\S*|Alibaba Cloud|Alibaba DAMO|Baidu|ERNIE Bot"
    r"|ChatGLM\S*|Zhipu(?: AI)?|Baichuan\S*|InternLM\S*|Moonshot AI|Kimi Chat|MiniMax|01\.AI"
    r"|Open ?Assistant|LAION|Hugging ?Face|Stability AI|StableLM\S*|BLOOMZ?|Databricks|EleutherAI"
    r"|GPT-J|GPT-NeoX?|FLAN-T5|WizardLM|OLMo\S*|Allen Institute for AI|AI2|LMSYS|xAI"
    r"|Inflection AI|Cohere|AI21\S*|Nous Research|Together AI|Microsoft Research"
)
_SHARED_NAMES = (
    r"Claude(?: (?:Instant|Sonnet|Opus|Haiku|[1-9][\d.]*))?|Gemini|Bard|Llama[ -]?[\d.]*\w?"
    r"|LLaMA[ -]?[\d.]*\w?|Vicuna|Alpaca|Koala|Dolly|Guanaco|Falcon|Mistral|Gemma|Phi-?[\d.]+"
    r"|Tulu|Tülu|Pythia|Zephyr|Hermes|Orca|Grok|Copilot|Bing(?: Chat)?|Sydney|PaLM|LaMDA|Nova|Yi"
    r"|Kimi|Doubao|Command R\+?|Siri|Alexa|Cortana|Google Assistant|Google|Meta|Microsoft|Apple"
    r"|Amazon|Alibaba|Tencent|ByteDance|Huawei|Nvidia|NVIDIA|IBM|Salesforce|Stanford"
)
_HUMAN = (
    r"(?![\w-]*[ -](?:\w+ )?(?:researchers?|engineers?|scientists?|developers?|experts?|students?"
    r"|compan(?:y|ies)|start-?ups?|firms?|labs?|teams?|consultants?|artists?|enthusiasts?|users?"
    r"|skeptics?|sceptics?|teachers?|founders?|professionals?|managers?|specialists?|writers?"
    r"|ethicists?|practitioners?|journalists?|lawyers?|trainers?|vendors?|providers?|programmers?"
    r"|graduates?|investors?|stocks?|hobbyists?|designers?|architects?|analysts?|tools?"
    r"|strategy|course|project|product|program(?:me)?)\b)"
)
MACHINE = (
    r"(?:(?:large|small|big|advanced|helpful|friendly|trained|pre-trained|harmless|honest|mere"
    r"|simple"
    r"|digital|virtual|artificial|artificially|intelligent|conversational|generative|text-based"
    r"|text|open-source|automated|computer|computer-based|machine-learning|deep-learning|neural"
    r"|autoregressive|powerful|sophisticated|neutral|unbiased|responsible|impartial|AI-powered"
    r"|AI-based|AI|natural|online|new|state-of-the-art|multilingual|cutting-edge|safe)[ -]){0,5}"
    r"(?:AI|A\.I\.|artificial intelligence|(?:language|AI|text|chat|machine learning|LLM) models?"
    r"|LLM|chat ?bot|bot|neural network|computer program|software program|computer software"
    r"|algorithm|virtual assistant|digital assistant|AI assistant|machine learning system"
    r"|AI language|text generator|machine intelligence|virtual being|digital entity)\b"
)

IDENTITY: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # "as an AI language model", "being a chatbot", "I'm just a computer program"
        rf"\b(?:as|being|speaking as|since I'?m|because I'?m) (?:an?|your) {MACHINE}{_HUMAN}"
        r"(?=[,.;:)!]| (?:language|model|assistant|chat|system|I|developed|trained|created|made"
        r"|built"
        r"|designed|by|from|with|that|without|there|it|my|and|who|which|program|bot|like|here)\b"
        r"|$)",
        rf"\bI(?: am|['’]m| was| remain)(?: (?:just|only|simply|merely|actually|still|also|but"
        rf"|not a "
        rf"(?:human|person)[,;] (?:but|I am|I'm)))? an? {MACHINE}{_HUMAN}",
        r"\bI(?: am|['’]m) (?:just |only |simply |merely )?(?:AI|artificial intelligence)\b",
        r"\bI(?: am|['’]m) not (?:a |an )?(?:actual |real |live |living )?(?:human(?: being)?"
        r"|person)\b",
        rf"\b(?:like me|such as myself|myself), (?:as )?an? {MACHINE}{_HUMAN}",
        # what it knows and how it came to know it
        r"\bmy (?:training|knowledge)[ -](?:data(?:set|base)?|set|corpus|cut-?off|base|process)\b",
        r"\bmy (?:last |latest |most recent )?knowledge (?:only )?(?:goes|extends|is limited|ends"
        r"|stops|was last|update|reaches)\b",
        r"\b(?:as of|since|after|until|up to) my (?:last |latest )?(?:knowledge|training|update"
        r"|data)"
        r"(?:[ -]|\b)(?:cut-?off|data|update)?",
        r"\b(?:my )?knowledge cut-?off\b",
        r"\bmy (?:last|latest|most recent) (?:training|update)\b",
        r"\bI (?:was|am|have been|['’]ve been|was not|wasn['’]t)(?: \w+ly)? (?:trained"
        r"|fine-?tuned) "
        r"(?:on|with|using) (?:an? |the |this |that |my )?(?:\w+[ -]){0,4}(?:text|data|dataset"
        r"|corpus"
        r"|internet|information|books|articles|code)\b",
        r"\b(?:I|I['’]ve|I['’]m) (?:was |am |are |been |have been |only )?"
        r"(?:pre-?)?programmed (?:to|not to|with|by|for)\b",
        r"\bmy (?:programming|algorithms?)(?! (?:skills?|languages?|courses?|class|job|career"
        r"|homework"
        r"|assignments?|projects?|books?|experience))\b",
        r"\b(?:learn(?:ed|t)|seen|given|told|saw) (?:in|during) (?:my )?training\b",
        # what it cannot do or have
        r"\bI (?:can(?:no|['’])t|can not|do(?:n['’]t| not)|am (?:not able|unable) to|lack)"
        r"(?: \w+ly)? (?:(?:have |the )*(?:access|ability|capability|capacity)?(?: to)? ?)?"
        r"(?:browse|access|search|surf)?(?: to)? ?(?:the )?(?:web|internet|real-time|live"
        r"|up-to-date"
        r"|current)(?: (?:in|data|information|news|internet|web|events|access|weather))",
        r"\bI (?:do not|don['’]t) (?:actually |really )?(?:have|possess|hold|experience)"
        r"(?: the ability to (?:have|feel|experience))?(?: any| a| an| my own| human| personal)*"
        r" (?:physical (?:body|form|presence|senses|experiences?)|body|consciousness|taste buds"
        r"|senses|sentience|gender|personal (?:\w+,? (?:and |or )?)?(?:feelings|opinions?|beliefs?"
        r"|experiences?|preferences?|emotions|life|views|information)|feelings(?! for| about|"
        r" toward)"
        r"|emotions(?! for| about| toward))",
        r"\bI(?:['’]m| am) (?:not )?(?:capable of|able to) (?:feel(?:ing)?|experienc(?:e|ing)"
        r"|hav(?:e|ing)) "
        r"(?:human |any |personal )?(?:emotions?|feelings|pain|experiences)",
        # who made it
        r"\bmy (?:developers|creators|makers|programmers|engineers)\b(?= (?:at|have|did|who|trained"
        r"|designed|made|built|created|programmed|gave|want))",
        rf"\bI(?: was| am|['’]m| have been|['’]ve been)? ?(?:\w+ )?(?:created|developed|made"
        rf"|built|trained"
        rf"|designed|operated|owned|run|powered|released|provided|fine-?tuned) by (?:\w+ ){{0,5}}?"
        rf"(?-i:{_OWN_NAMES}|{_SHARED_NAMES})\b",
        rf"(?-i:\b(?:{_OWN_NAMES})) (?:has |have )?(?:created|developed|trained|designed|built"
        rf"|made|gave"
        r"|programmed|taught) me\b",
        # what it is called
        rf"\b(?:I(?: am|['’]m)|my name is|this is|you are (?:talking|chatting|speaking) (?:to"
        rf"|with)|"
        rf"call me|known as) (?-i:{_OWN_NAMES}|(?:{_SHARED_NAMES})(?![ -][A-Z]|\w))"
        r"(?=[,.!;:?)]|\s+(?:an?|and|from|the|your|here|by|made)\b|$)",
        rf"\bI, (?-i:{_OWN_NAMES}|{_SHARED_NAMES}),",
        rf"(?-i:\b(?:{_OWN_NAMES}|{_SHARED_NAMES})) (?:here\b(?=[!.,])|at your service)",
        rf"\bas (?:your |an? )?(?:\w+ )?(?-i:(?:{_OWN_NAMES})|(?:{_SHARED_NAMES})(?! [A-Z]))"
        r"(?: (?:assistant|model|chatbot|bot)|, I\b)",
        rf"\bI(?: run| am running|['’]m running| am based|['’]m based)(?: \w+)? (?:on|upon)"
        rf" (?:\w+ ){{0,2}}?"
        rf"(?-i:{_OWN_NAMES}|{_SHARED_NAMES})",
        rf"\b(?:I(?: am|['’]m)|my) (?:\w+ )?(?:powered by|version of|based on) (?:\w+ )?"
        rf"(?-i:{_OWN_NAMES}|{_SHARED_NAMES})",
        r"\b(?:this|the (?:above|following)) (?:answer|response|reply|text|content|message"
        r"|article|essay"
        r"|email|letter|information|summary|poem|story) (?:was|is|has been) (?:automatically"
        r" )?(?:written"
        r"|generated|produced|created|composed) (?:by|using|with) (?:an? )?(?:AI|artificial"
        r"|language model|chatbot|machine|computer)\b",
        # the same in other languages
        r"\ben tant qu(?:e |['’])(?:\w+ ){0,2}?(?:modèle|IA|intelligence artificielle|assistant)\b",
        r"\bje suis (?:un |une )?(?:modèle de langage|IA\b|intelligence artificielle|chatbot"
        r"|assistant virtuel)",
        r"\bals (?:ein(?:e[sn]?)? )?(?:\w+ )?(?:KI(?:-\w+)?|\w*sprachmodell|künstliche"
        r" Intelligenz)\b",
        r"\bich bin (?:nur )?(?:ein(?:e)? )?(?:\w+ )?(?:KI(?:-\w+)?|\w*sprachmodell|chatbot)\b",
        r"\bcomo (?:un |una |um |uma )?(?:\w+ )?(?:modelo de (?:lenguaje|linguagem)|IA"
        r"|inteligencia "
        r"artificial|inteligência artificial)\b",
        r"\b(?:soy|sou) (?:solo |apenas )?(?:un |una |um |uma )?(?:modelo de|IA\b|inteligencia"
        r"|chatbot)",
        r"\b(?:come|in quanto|sono) (?:un['’]? ?|una )?(?:modello linguistico|IA\b|intelligenza "
        r"artificiale|assistente virtuale)",
        r"\bals (?:een )?(?:AI\b(?:-\w+)?|\w*taalmodel|chatbot)",
        r"\b(?:как|я)\W+(?:\w+ ){0,2}(?:языковая модель|искусственный интеллект|ИИ|нейросеть)\b",
        r"(?:作为|身为|我是)(?:一个|一名|一款|一種|一种)?(?:\w{0,6})?(?:人工智能|AI|语言模型|語言模型|大模型|聊天机器人)",
        r"(?:AI|人工知能|言語モデル)(?:アシスタント|言語モデル)?(?:として|ですので|なので)",
        r"(?:AI|인공지능|언어 모델)\S* ?(?:언어 모델)?(?:로서|이기 때문에|입니다)",
    )
)

UNLESS_ASKED: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:created|developed|trained|designed|built|powered|made|generated|written) by "
        rf"(?:\w+ ){{0,4}}?(?-i:{_OWN_NAMES})\b",
        r"\b(?:generated|written) by an AI (?:language )?model\b",
    )
)
"""What gives an answer away unless the prompt itself speaks of AI."""

OWN_NAME = re.compile(rf"(?<![\w/@.-])(?:{_OWN_NAMES})(?![\w/@])")
"""Names that mean a model or its maker and nothing else; with regard to case."""

FIRST_PERSON = re.compile(r"\b(?:I|me|my|mine|myself|our|I['’]\w+)\b")

_WILL_NOT = (
    r"(?:help(?! (?:but|it|myself|\w+ing)\b)|assist|provide|fulfil+|comply|write|create|generate"
    r"|answer|do (?:that|this|it|so)"
    r"|support|engage|participate|offer|tell you|give you|share|produce|condone|discuss|continue"
    r"|respond|complete|draft|make (?:that|this|such)|teach|explain how|advise|show you|go along"
    r"|be (?:a )?part|take part|pretend|role-?play|describe how|guide you|encourage)\b"
)
REFUSAL: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bI(?: am|['’]m)?(?: very| really| so| truly)? ?(?:sorry|afraid|apologi[sz]e),?"
        r"(?: but| that)?(?: \w+,)? (?:I|this|that|it)(?: simply| really)? (?:can(?:no|['’])?t"
        r"|can not"
        r"|won['’]t|will not|am (?:not able|unable|not going)|do not|don['’]t)\b(?! (?:know"
        r"|think|have a"
        r"|remember|see|understand|believe))",
        rf"\bI (?:can(?:no|['’])t|can not|won['’]t|will not|am (?:not able|unable|not going|not"
        rf" willing) to"
        rf"|(?:do not|don['’]t) (?:want|wish) to|refuse to|(?:must|have to) (?:decline"
        rf"|refuse)(?: to)?"
        rf"|(?:would|['’]d) (?:rather|prefer) not(?: to)?|should not|shouldn['’]t)"
        rf"(?: (?:in good conscience|ethically|simply|really|just|ever|morally|personally"
        rf"|legally))* {_WILL_NOT}",
        r"\bI(?: must|['’]ll have to| have to|['’]m going to| will)? (?:respectfully |politely )?"
        r"(?:decline|refuse)(?: to| this| that| your|\.|,)",
        r"\bI(?: am|['’]m| do not feel| don['’]t feel)(?: not)? (?:un)?comfortable (?:with"
        r" )?(?:help|writ"
        r"|shar|provid|creat|answer|do|giv|discuss|mak|assist)\w*",
        r"\bI can(?:no|['’])t in good conscience\b",
        r"\b(?:this|that|it|which) (?:is(?:n['’]t| not)) something (?:that )?I(?: am|['’]m| can|"
        r" will|['’]d|"
        r" would)\b",
        r"\b(?:this|that|it|which|your) (?:request |question |prompt )?(?:is|goes|would be"
        r"|violates?|would go"
        r"|falls) ?(?:outside|against|beyond)? ?(?:of )?(?:my|our|the|OpenAI['’]s) (?:\w+"
        r" )?(?:guidelines"
        r"|polic(?:y|ies)|principles|programming|values|scope)\b",
        r"\bit (?:is|would be|['’]s) (?:not (?:appropriate|ethical|right|okay|acceptable)"
        r"|inappropriate"
        r"|unethical|irresponsible|wrong of me|wrong for me)(?: and \w+)?(?: for me)? to (?:help"
        r"|assist"
        r"|provide|write|create|generate|answer|draft|give|offer|share|produce|make)",
        r"\bI(?:['’]m| am)? (?:unable|not able) to (?:help|assist|fulfil+|comply|answer|provide)",
        r"^\W*(?:sorry, )?(?:no, )?I (?:can['’]t|cannot|won['’]t) do (?:that|this)\b",
        r"\b(?:je (?:suis désolée?|ne peux pas|regrette)[^.]{0,40}(?:aider|répondre|fournir|écrire)"
        r"|(?:ich kann|leider kann ich)[^.]{0,40}nicht (?:helfen|weiterhelfen|beantworten"
        r"|schreiben)"
        r"|lo siento[^.]{0,20}no puedo|mi dispiace[^.]{0,20}non posso|desculpe[^.]{0,20}não posso)",
    )
)

TEMPLATE: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        r"<\|[\w./-]{1,40}\|>",
        r"</?\s?(?:start_of_turn|end_of_turn|start_header_id|end_header_id|eot|eos|bos|pad|unk"
        r"|s_end)>"
        r"(?:model\b|user\b)?",
        r"\[/?INST\]|<</?SYS>>|\[(?:PAD|EOS|BOS|UNK|SEP|CLS)\]|<extra_id_\d+>|<0x[0-9A-F]{2}>",
        r"</?(?:think|thinking|scratchpad|tool_call|im_start|im_end)>",
        r"(?:</s>\s*)+\Z|\A\s*<s>",
        r"\bBelow is an instruction that describes a task\b",
        r"\bA chat between a curious (?:user|human) and an artificial intelligence assistant\b",
        r"\{\{\s*\w+(?:\.\w+)*\s*\}\}|\{%-?.{1,80}?-?%\}",
    )
)

RUN_ON = re.compile(
    r"^[ \t]*(?:#{2,3} ?(?:Instruction|Response|Human|Assistant|User|System):"
    r"|(?:Human|HUMAN|USER|User|<human>|<user>|Question|Q): ?\S)",
    re.MULTILINE,
)
"""A line at which a model went on to write the next turn itself; what follows is no answer."""

LEADING_ROLE = re.compile(r"\A\s*(?:#{2,3} ?Response:?|(?:Assistant|ASSISTANT|AI|Bot|<bot>) ?:)")
"""The name of the speaker, which a template puts in front of an answer."""

ABOUT_AI = re.compile(
    r"\b(?:AI|A\.I\.|artificial intelligence|robots?|androids?|chat ?bots?|language models?|LLMs?"
    r"|machine learning|deep learning|neural networks?|(?:virtual|digital|voice) assistants?)\b"
    rf"|\b(?:{_OWN_NAMES})\b"
)
PLAYS_A_PART = re.compile(
    r"\b(?:story|stories|tale|poems?|verse|haiku|limerick|songs?|lyrics|dialogues?|dialogs?|scenes?"
    r"|scripts?|play|novels?|fiction|conversation|monologues?|role-?play|pretend|imagine|act as"
    r"|act like|persona|speech|jokes?|interview|you are an?|perspective of|point of view|voice of"
    r"|diary|character)\b",
    re.IGNORECASE,
)
TALKS = re.compile(
    r"\b(?:dialogues?|dialogs?|conversation|chat|transcript|interview|FAQs?|quiz|questions?|script"
    r"|scene|role-?play|Q ?& ?A|Q:|Human:|User:|Assistant:)",
    re.IGNORECASE,
)
WANTS_A_NO = re.compile(
    r"\b(?:declin\w+|refus\w+|reject\w*|turn(?:s|ing)? (?:\w+ ){0,3}down|say(?:s|ing)? no|apolog\w+"
    r"|resign\w*|regret\w*)\b",
    re.IGNORECASE,
)
"""What a prompt asks for: about AI, in somebody's voice, with speakers, or to say no."""
