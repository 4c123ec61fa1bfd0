"""The one path a fact travels: receive, record, fold, promise, detect, decide, act, prove. There is no second one."""
